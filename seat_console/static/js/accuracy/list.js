// The calls where the first suggestion was not chosen, and those where nothing was suggested: ticket, sound, words.

import { byId, fill, h } from '../dom.js';
import { label, t } from '../i18n.js';
import { versionName } from './figures.js';

const WHEN = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false });
const COLUMNS = ['accuracy.when', 'accuracy.suggested', 'accuracy.chosen', 'accuracy.ticket', 'accuracy.look'];

/** `actions`: list(name), all(), hear(callId), words(callId). */
export function showList({ data, filters, list, lists, heard, words }, actions) {
  const name = (id) => label(data.topics[id]) || id;
  fill(
    byId('tabs'),
    ['misses', 'not_understood'].map((each) =>
      h('button', { type: 'button', 'aria-pressed': String(each === list), text: `${t(`accuracy.list_${each}`)} ${many(lists[each])}`, on: { click: () => actions.list(each) } }),
    ),
  );
  const only = [name(filters.topic), filters.week && t('accuracy.of_week', { week: filters.week }), filters.version && versionName(filters.version)].filter(Boolean);
  fill(byId('narrowed'), only.length ? [t('accuracy.only', { what: only.join(' · ') }), ' ', h('button', { type: 'button', class: 'quiet', text: t('accuracy.all_calls'), on: { click: actions.all } })] : null);
  fill(byId('list-head'), h('tr', {}, COLUMNS.map((key) => h('th', { text: t(key) }))));
  const note = (key) => h('tr', {}, h('td', { colspan: 5, class: 'empty', text: t(key) }));
  const calls = lists[list]?.calls;
  fill(byId('list'), calls?.length ? calls.map((call) => row(call, name, heard, words[call.call_id], actions)) : note(calls ? `accuracy.empty_${list}` : 'loading'));
  byId('more').hidden = !lists[list]?.next;
}

const many = (found) => (found ? `${found.calls.length}${found.next ? '+' : ''}` : '');

function row(call, name, heard, words, actions) {
  const main = h(
    'tr',
    { class: call.call_id === heard ? 'chosen' : null, 'data-call': call.call_id },
    h('td', { class: 'num', text: WHEN.format(call.at * 1000) }),
    h('td', {}, suggested(call, name)),
    h('td', {}, h('b', { text: name(call.chosen) }), call.rank > 1 ? h('small', { class: 'muted', text: ` ${t('accuracy.was', { rank: call.rank })}` }) : null),
    h('td', { class: 'num' }, call.ticket_id ? h('a', { href: `/tickets/${encodeURIComponent(call.ticket_id)}`, text: call.ticket_id }) : '–'),
    h(
      'td',
      { class: 'look' },
      h('button', { type: 'button', disabled: !call.has_recording, title: call.has_recording ? null : t('accuracy.no_recording'), text: t('accuracy.hear'), on: { click: () => actions.hear(call.call_id) } }),
      h('button', { type: 'button', disabled: words !== undefined, text: t('accuracy.words'), on: { click: () => actions.words(call.call_id) } }),
    ),
  );
  return words === undefined ? main : [main, h('tr', { class: 'words-row' }, h('td'), h('td', { colspan: 4 }, h('blockquote', { text: words || t('heard.nothing') })))];
}

function suggested({ suggested: topics, score }, name) {
  if (!topics.length) return h('span', { class: 'muted', text: t('accuracy.nothing_suggested') });
  return h('span', {}, name(topics[0]), h('span', { class: 'muted num', text: ` ${Math.round(score * 100)}%` }));
}
