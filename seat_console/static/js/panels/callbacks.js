// What is to be called back, between calls: tickets that were replied to, new dates to tell of, today's missed calls.

import { get } from '../api.js';
import { byId, fill, h, setText } from '../dom.js';
import { label, t } from '../i18n.js';
import { clockTime, dayTime } from '../time.js';

const AGAIN_MS = 30_000;
const MOST = 40;

/** Keeps the list fresh while the seat is between calls; `open(item)` shows one. */
export function showCallbacks(store, { change, open }) {
  let asking = false;

  async function refresh() {
    const { phase, link } = store.get();
    if (asking || link !== 'live' || !['idle', 'callback'].includes(phase)) return;
    asking = true;
    try {
      change({ callbacks: await get('/api/callbacks') });
    } catch {
      // the list stays as it was; the link's own notice says that something is wrong
    } finally {
      asking = false;
    }
  }

  setInterval(refresh, AGAIN_MS);
  store.watch((state) => [state.link, state.phase, state.callbackNews], refresh);
  store.watch((state) => [state.callbacks, state.lang, state.seat?.state], (state) => paint(state, open));
}

function paint({ callbacks, seat }, open) {
  const { tickets, new_dates: dates, missed } = callbacks;
  setText(byId('callbacks-count'), t('callback.count', { tickets: tickets.length, dates: dates.length, missed: missed.length }));
  const may = ['ready', 'paused'].includes(seat?.state);
  const rows = [
    ...missed.map((each) => missedRow(each, may, open)),
    ...dates.slice(0, MOST).map((each) => dateRow(each, may, open)),
    ...tickets.slice(0, MOST).map((each) => ticketRow(each, may, open)),
  ];
  fill(byId('callbacks'), rows.length ? rows : h('li', { class: 'empty', text: t('callback.none') }));
}

function missedRow(each, may, open) {
  const tries = each.tries ? t('callback.tries', { count: each.tries }) : '';
  return row({ kind: 'missed', ...each }, may && !each.in_hand, open, [
    h('b', { text: t('callback.missed') }),
    h('span', { text: t('callback.missed_at', { time: clockTime(each.arrived_at) }) }),
    h('small', { text: [each.in_hand ? t('callback.in_hand', { seat: each.in_hand }) : '', tries].filter(Boolean).join(' · ') }),
  ]);
}

function dateRow(each, may, open) {
  const wait = each.in_hand ? t('callback.in_hand', { seat: each.in_hand }) : each.wait ? t(`callback.wait_${each.wait}`) : '';
  const tries = each.tries ? t('callback.tries', { count: each.tries }) : '';
  return row({ ...each, kind: 'new_date' }, may && !each.in_hand, open, [
    h('b', { class: 'num', text: each.id }),
    h('span', { text: [t('callback.new_date'), t('callback.new_date_row', { before: each.before_day.slice(5), after: each.due_day.slice(5) })].join(' · ') }),
    h('small', { text: [wait, tries].filter(Boolean).join(' · ') || label(each.topic_name) }),
  ]);
}

function ticketRow(each, may, open) {
  const wait = each.in_hand ? t('callback.in_hand', { seat: each.in_hand }) : each.wait && !each.given_up ? t(`callback.wait_${each.wait}`) : '';
  const due = t(each.overdue ? 'callback.overdue' : 'callback.due', { time: dayTime(each.callback_due) });
  const details = [label(each.topic_name), each.place, each.tries ? t('callback.tries', { count: each.tries }) : ''];
  return row({ ...each, kind: 'ticket' }, may && !each.in_hand && each.wait !== 'handler', open, [
    h('b', { class: 'num', text: each.id }),
    h('span', { text: details.filter(Boolean).join(' · ') }),
    h('small', { class: each.overdue ? 'late' : null, text: wait || due }),
  ]);
}

function row(item, may, open, parts) {
  const button = h('button', { type: 'button', class: 'callback-row', disabled: !may, on: { click: () => open(item) } }, parts);
  return h('li', {}, button);
}
