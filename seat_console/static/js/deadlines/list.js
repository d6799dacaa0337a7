// The tickets of the chosen figure, the most urgent first, with what may be done with each.

import { byId, fill, h, setText } from '../dom.js';
import { label, t } from '../i18n.js';
import { dayTime, serverNow } from '../time.js';

const DAY_S = 86_400;
const cityDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' });

/** Whether it counts tickets; the register, the meetings and the mails have lists of their own. */
export const isFigure = (what) => Boolean(what) && !['register', 'meetings', 'mails'].includes(what);

export function showList(store, acts, convene) {
  store.watch(
    (state) => [state.list, state.what, state.unit, state.chosen, state.lang, state.board],
    (state) => {
      if (!isFigure(state.what)) return;
      title(state);
      const { list } = state;
      if (!list) fill(byId('list'), h('p', { class: 'empty', text: t('deadlines.loading') }));
      else if (!list.rows.length) fill(byId('list'), h('p', { class: 'empty', text: t('deadlines.empty') }));
      else fill(byId('list'), table(store, list.rows, acts));
      const button = byId('convene');
      button.hidden = false;
      button.disabled = state.chosen.size === 0;
      setText(button, t('deadlines.convene', { count: state.chosen.size }));
    },
  );
  byId('convene').addEventListener('click', () => convene([...store.get().chosen]));
}

function title({ what, unit, list, board }) {
  const name = unit === null ? '' : ` · ${[...(board?.units ?? []), ...(board?.answers.units ?? [])].find((row) => row.unit === unit)?.unit_name || t('deadlines.no_unit')}`;
  setText(byId('list-title'), t(`figure.${what}`) + name);
  const more = list && list.count > list.rows.length;
  setText(byId('list-note'), list ? t(more ? 'deadlines.first_rows' : 'deadlines.rows', { count: list.count, shown: list.rows.length }) : '');
}

function table(store, rows, acts) {
  const heads = ['', 'ticket', 'matter', 'unit', 'deadline', 'now', 'papers', ''];
  return h(
    'table',
    { class: 'deadline-table tickets-table' },
    h('thead', {}, h('tr', {}, heads.map((key) => h('th', { text: key && t(`deadlines.${key}`) })))),
    h('tbody', {}, rows.map((row) => line(store, row, acts))),
  );
}

function line(store, row, acts) {
  return h(
    'tr',
    { data: { ticket: row.id } },
    h('td', {}, tick(store, row)),
    h('td', {}, h('a', { class: 'num', href: `/tickets/${row.id}`, text: row.id })),
    h('td', {}, h('span', { class: 'tag', text: t(`kind.${row.kind}`) }), ` ${label(row.topic)}`),
    h('td', { text: row.unit_name || t('deadlines.no_unit') }),
    h('td', { class: `num due ${urgency(row)}` }, due(row)),
    h('td', {}, standing(row)),
    h('td', {}, row.notices.filter(inForce).map(paper)),
    h('td', { class: 'row-acts' }, acts.buttons(row)),
  );
}

function tick(store, row) {
  const box = h('input', { type: 'checkbox', 'aria-label': t('deadlines.for_meeting', { ticket: row.id }) });
  box.checked = store.get().chosen.has(row.id);
  box.addEventListener('change', () => {
    const chosen = new Set(store.get().chosen);
    if (box.checked) chosen.add(row.id);
    else chosen.delete(row.id);
    store.set({ chosen });
  });
  return box;
}

const daysLeft = (row) => Math.round((Date.parse(row.due_day) - Date.parse(cityDay.format(new Date(serverNow() * 1000)))) / (DAY_S * 1000));

function urgency(row) {
  if (row.done_at) return row.done_at < row.due_at ? 'done' : 'late';
  const left = daysLeft(row);
  return left < 0 ? 'late' : left === 0 ? 'today' : '';
}

function due(row) {
  const left = daysLeft(row);
  const words = row.done_at
    ? t(row.done_at < row.due_at ? 'deadlines.done_in_time' : 'deadlines.done_late')
    : left < 0 ? t('deadlines.days_over', { days: -left }) : left === 0 ? t('deadlines.today') : t('deadlines.days_left', { days: left });
  return [h('span', { text: row.due_day }), row.due_provisional ? h('span', { class: 'tag', text: t('deadlines.provisional') }) : null, h('small', { text: words })];
}

/** The state in a word, and what it waits for. */
function standing(row) {
  const since = row.waits_since ? t('deadlines.since', { time: dayTime(row.waits_since) }) : '';
  const callback = row.state === 'replied' && row.callback_due ? t('deadlines.callback_by', { time: dayTime(row.callback_due - 1) }) : '';
  const asked = row.asked_extension ? t('deadlines.asks', { days: row.asked_extension, why: row.asked_because }) : '';
  const back = row.state === 'returned' ? t('deadlines.returned_times', { times: row.returns, why: row.returned_because }) : '';
  return [h('span', { text: t(`ticket_state.${row.state}`) }), [asked, back, callback, since].filter(Boolean).map((text) => h('small', { text, title: text }))];
}

export const inForce = (notice) => !notice.replaced && !notice.withdrawn_at;

/** A paper opens in a window of its own, where it is printed. */
export const paper = (notice) =>
  h('a', { class: `paper num ${notice.kind}`, href: `/deadlines/notices/${notice.key}.pdf`, target: '_blank', title: t('deadlines.print'), text: notice.number });
