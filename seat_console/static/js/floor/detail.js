// The chosen seat and its call: number masked; words only on a click, which is recorded; listening.

import { byId, fill, h } from '../dom.js';
import { label, t } from '../i18n.js';
import { clockTime, tickSince } from '../time.js';

export function showDetail(store, { listen, showWords }) {
  // Only what concerns the chosen seat: a button that is replaced between press and release is never clicked.
  store.watch(
    (state) => [...chosenOf(state), state.words, state.wanted, state.leg, state.link, state.lang],
    (state) => {
      const [seat, call] = chosenOf(state);
      fill(byId('detail'), seat ? detail(state, seat, call, { listen, showWords }) : h('p', { class: 'empty', text: t('floor.choose') }));
    },
  );
}

function chosenOf({ chosen, seats, calls }) {
  const seat = seats.find((each) => each.id === chosen);
  return [seat, seat?.call_id ? calls.find((each) => each.id === seat.call_id) : null];
}

function detail(state, seat, call, actions) {
  const time = h('time', { class: 'num' });
  tickSince(time, seat.since);
  return [
    h('p', { class: 'detail-head' }, h('b', { class: 'num', text: seat.id }), ` ${seat.name} `, h('i', { class: `shape ${seat.state}` }), ` ${t(`state.${seat.state}`)} `, time),
    call ? callLines(state, call) : h('p', { class: 'muted', text: t(seat.reachable ? 'floor.no_call' : 'floor.no_call_no_phone') }),
    call ? buttons(state, seat, call, actions) : null,
  ];
}

function callLines(state, call) {
  const queue = state.queues.find((each) => each.id === call.queue);
  const likely = call.suggestions.map((each) => `${label(state.topics[each.topic]) || label(each.name)} ${Math.round(each.score * 100)}%`);
  const seen = state.words?.callId === call.id ? state.words.text : null;
  return [
    h('p', {}, h('b', { class: 'num', text: call.from ?? t('call.withheld') }), ` · ${label(queue)} · ${t('call.arrived', { time: clockTime(call.arrived_at) })}`, call.urgent ? h('span', { class: 'tag bad', text: call.urgency || t('call.urgent_matter') }) : null),
    likely.length ? h('p', { class: 'muted', text: likely.join(' · ') }) : null,
    seen === null ? null : h('blockquote', { class: 'words', text: seen || t('heard.nothing') }),
  ];
}

function buttons(state, seat, call, { listen, showWords }) {
  const talking = ['talking', 'held'].includes(call.state);
  const busy = Boolean(state.leg || state.wanted) || state.link !== 'live';
  const seen = state.words?.callId === call.id;
  return h(
    'p',
    { class: 'detail-buttons' },
    h('button', { type: 'button', id: 'listen', class: 'primary', disabled: !talking || busy, on: { click: () => listen(call, seat.id) }, text: t('floor.listen') }),
    h('button', { type: 'button', id: 'show-words', disabled: seen, on: { click: () => showWords(call) }, text: t('floor.show_words') }),
    h('small', { class: 'muted', text: t('floor.recorded') }),
  );
}
