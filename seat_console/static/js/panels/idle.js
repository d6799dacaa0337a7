// Between calls: what state the seat is in, the one next thing to do, its last tickets, the queues.

import { byId, fill, h, setText } from '../dom.js';
import { label, t } from '../i18n.js';
import { dayTime, tickSince } from '../time.js';

export function showIdle(store, { command, prepare }) {
  store.watch(
    (state) => [state.seat, state.phase, state.link, state.line, state.mic, state.lang],
    (state) => {
      if (!state.seat) return;
      const { state: word, reason } = state.seat;
      const pause = state.reasons.find((each) => each.id === reason);
      byId('idle-shape').className = `shape ${word}`;
      setText(byId('idle-word'), word === 'paused' && pause ? label(pause) : t(`idle.${word}`));
      setText(byId('idle-hint'), hint(state, pause));
      fill(byId('idle-actions'), actions(state, command, prepare));
    },
  );
  store.watch((state) => [state.tickets, state.lang, state.topics], showRecent);
  store.watch((state) => [state.queues, state.lang], showQueues);
}

function hint({ seat, line }, pause) {
  if (seat.state === 'paused') return t('idle.paused_hint', { minutes: pause?.minutes ?? '–' });
  if (seat.state === 'ready' && line !== 'registered') return t('idle.ready_no_phone');
  return t(`idle.${seat.state}_hint`);
}

function actions({ seat, link, mic }, command, prepare) {
  if (!['offline', 'paused'].includes(seat.state)) return [];
  const ready = () => (prepare(), command('seat.ready'));
  const blocked = link !== 'live' || Boolean(mic);
  return [
    h('button', { type: 'button', id: 'go-ready', class: 'primary', disabled: blocked, on: { click: ready }, text: t('idle.go_ready') }),
  ];
}

function showRecent({ tickets, topics }) {
  const names = new Map(topics.map((topic) => [topic.id, topic.name]));
  fill(
    byId('recent'),
    tickets.length
      ? tickets.slice(0, 8).map((ticket) =>
          h(
            'li',
            {},
            ticket.id ? h('a', { class: 'num', href: `/tickets/${ticket.id}`, target: '_blank', text: ticket.id }) : h('b', { text: t('ticket.draft') }),
            h('span', { text: label(names.get(ticket.fields.topic)) || t('ticket.no_topic') }),
            h('span', { class: 'muted', text: t(`ticket_state.${ticket.state}`) }),
            h('time', { class: 'muted num', text: dayTime(ticket.created_at) }),
          ),
        )
      : h('li', { class: 'empty', text: t('idle.no_tickets') }),
  );
}

function showQueues({ queues }) {
  fill(
    byId('idle-queues'),
    queues.map((queue) => {
      const longest = h('td', { class: 'num' });
      tickSince(longest, queue.longest_since);
      if (!queue.longest_since) longest.textContent = '–';
      return h('tr', { class: queue.waiting ? 'busy' : null }, h('td', { text: label(queue) }), h('td', { class: 'num', text: String(queue.waiting) }), longest);
    }),
  );
}
