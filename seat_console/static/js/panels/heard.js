// What was heard and the three likely topics, each with the words that spoke for it; a click takes one over.

import { byId, fill, h } from '../dom.js';
import { label, t } from '../i18n.js';
import { markPainted } from '../paint.js';

/** `choose(suggestion)` takes a topic over into the ticket. */
export function showHeard(store, { choose }) {
  let painted = '';
  store.watch(
    (state) => [state.call?.words, state.call?.talk, state.call?.suggestions, state.call?.heard_final, state.phase, state.lang],
    ({ call, phase }) => showWords(call, phase),
  );
  store.watch(
    (state) => [state.call?.id, state.call?.suggestions, state.draft?.fields.topic, state.draft?.state, state.lang, state.topics],
    (state) => {
      showSuggestions(state, choose);
      const { call } = state;
      if (!call?.suggestions?.length || painted === call.id) return;
      painted = call.id;
      markPainted('suggestions', call.id);
    },
  );
}

function showWords(call, phase) {
  const box = byId('words');
  const words = call?.words ?? '';
  const because = [...new Set((call?.suggestions ?? []).flatMap((each) => each.because ?? []))];
  box.classList.toggle('empty', !words && !call?.talk);
  box.classList.toggle('talks', Boolean(call?.talk));
  if (words) markPainted('words', call.id);
  const talk = call?.talk ? h('p', { class: 'talk' }, marked(call.talk, because)) : null;
  if (words || talk) {
    fill(box, marked(words, because), call.heard_final || talk ? null : h('span', { class: 'still', text: '…' }), talk);
    box.scrollTop = box.scrollHeight; // the newest words
    return;
  }
  if (call?.local) return fill(box, t('heard.no_server'));
  return fill(box, t(call?.heard_final || phase !== 'ringing' ? 'heard.nothing' : 'heard.waiting'));
}

/** The text in pieces, those that spoke for a topic marked. */
export function marked(text, words) {
  const wanted = words.filter(Boolean).sort((a, b) => b.length - a.length);
  const pieces = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    const hit = wanted.find((word) => text.startsWith(word, at));
    if (!hit) {
      plain += text[at++];
      continue;
    }
    if (plain) pieces.push(plain);
    plain = '';
    pieces.push(h('mark', { text: hit }));
    at += hit.length;
  }
  return plain ? [...pieces, plain] : pieces;
}

function showSuggestions({ call, topics, draft }, choose) {
  const byTopic = new Map(topics.map((topic) => [topic.id, topic]));
  const suggestions = call?.suggestions ?? [];
  const locked = !draft || draft.state !== 'draft';
  fill(
    byId('suggestions'),
    suggestions.length
      ? suggestions.map((each, index) => suggestion(each, index, byTopic.get(each.topic), draft, locked, choose))
      : h('li', { class: 'empty', text: t('heard.no_suggestions') }),
  );
}

function suggestion(each, index, topic, draft, locked, choose) {
  const chosen = draft?.fields.topic === each.topic;
  const percent = `${Math.round(each.score * 100)}%`;
  const bar = h('meter', { min: 0, max: 1, value: each.score, 'aria-hidden': 'true' });
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', class: 'suggestion', disabled: locked, 'aria-pressed': String(chosen), on: { click: () => choose(each) } },
      h('kbd', { text: `Alt+${index + 1}` }),
      h('b', { text: label(topic?.name) || label(each.name) }),
      h('span', { class: 'score num', text: percent }),
      bar,
      h('small', { text: [label(topic?.category_name), topic?.unit].filter(Boolean).join(' · ') }),
      h('span', { class: 'because' }, h('span', { class: 'muted', text: t('heard.because') }), (each.because ?? []).map((word) => h('mark', { text: word }))),
    ),
  );
}
