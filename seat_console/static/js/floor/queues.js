// The queues as rows, who waits in them, and the three figures on top.

import { byId, fill, h } from '../dom.js';
import { label, t } from '../i18n.js';
import { tickSince } from '../time.js';

const SLOW_S = '15'; // the norm's answer within 15 s
const WAITING = ['waiting', 'ringing'];

export const waitingCalls = ({ calls }) => calls.filter((call) => call.queued_at && WAITING.includes(call.state));

export function showQueues(store) {
  store.watch((state) => [state.queues, state.calls, state.seats, state.lang], showRows);
  store.watch((state) => [state.calls, state.queues, state.topics, state.lang], showWaiting);
  store.watch((state) => [state.calls, state.seats, state.missed, state.lang], showFigures);
}

/** Counted here from calls and seats, so that a row is as new as the newest event. */
function showRows(state) {
  const ready = state.seats.filter((seat) => seat.state === 'ready' && seat.reachable).length;
  const waiting = waitingCalls(state);
  fill(
    byId('queues'),
    state.queues.map((queue) => {
      const mine = waiting.filter((call) => call.queue === queue.id);
      const longest = h('td', { class: 'num', text: '–' });
      if (mine.length) {
        longest.dataset.limit = SLOW_S;
        tickSince(longest, Math.min(...mine.map((call) => call.queued_at)));
      }
      return h(
        'tr',
        { class: mine.length ? 'busy' : null, data: { queue: queue.id } },
        h('td', { text: label(queue) }),
        h('td', { class: 'num', text: String(mine.length) }),
        longest,
        h('td', { class: 'num', text: String(ready) }),
      );
    }),
  );
}

function showWaiting(state) {
  const names = new Map(state.queues.map((queue) => [queue.id, queue]));
  const waiting = waitingCalls(state).sort((a, b) => Number(b.urgent) - Number(a.urgent) || a.queued_at - b.queued_at);
  const arriving = state.calls.filter((call) => call.state === 'arriving').length;
  fill(
    byId('waiting'),
    waiting.map((call) => waitingCall(call, names, state.topics)),
    arriving ? h('li', { class: 'muted', text: t('floor.arriving', { count: arriving }) }) : null,
    waiting.length || arriving ? null : h('li', { class: 'empty', text: t('floor.nobody_waits') }),
  );
}

function waitingCall(call, names, topics) {
  const time = h('time', { class: 'num', data: { limit: SLOW_S } });
  tickSince(time, call.queued_at);
  const likely = call.suggestions[0]?.topic;
  return h(
    'li',
    { class: call.urgent ? 'urgent-row' : null },
    time,
    h('b', { class: 'num', text: call.from ?? t('call.withheld') }),
    h('span', { text: label(names.get(call.queue)) }),
    likely ? h('span', { class: 'muted', text: label(topics[likely]) || label(call.suggestions[0].name) }) : null,
    call.urgent ? h('span', { class: 'tag bad', text: call.urgency || t('call.urgent_matter') }) : null,
    call.state === 'ringing' ? h('span', { class: 'muted num', text: t('floor.rings_at', { seat: call.seat }) }) : null,
  );
}

function showFigures(state) {
  figure('figure-waiting', 'floor.figure_waiting', waitingCalls(state).length);
  figure('figure-seats', 'floor.figure_seats', state.seats.filter((seat) => seat.state !== 'offline').length);
  figure('figure-missed', 'floor.figure_missed', state.missed.length);
}

function figure(id, key, value) {
  fill(byId(id), h('span', { text: t(key) }), h('b', { class: 'num', text: String(value) }));
}
