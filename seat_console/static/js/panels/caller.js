// Who calls and the buttons of the call. The buttons follow the leg at this phone, not the server: they work without it.

import { byId, fill, h, isTextField, setText } from '../dom.js';
import { label, t } from '../i18n.js';
import { clockTime, dayTime, tickSince } from '../time.js';

const HOTLINE = '12341';
// What to say when the server knows of a call that this phone has not (yet, or any more).
const MISSING = { ringing: 'elsewhere', talking: 'lost' };

/** `138 1234 5678`, `0536 6212 341`; a masked or foreign number is left as it is. */
export function spaced(number) {
  const mobile = /^(1\d{2}|1\d{2}\*?)([\d*]{4})([\d*]{4})$/.exec(number);
  if (mobile) return mobile.slice(1).join(' ');
  const landline = /^(0\d{2,3})(\d{3,4})(\d{4})$/.exec(number);
  return landline ? landline.slice(1).join(' ') : number;
}

/** `hangUp` ends the leg at this phone, or through the server a call that this phone no longer has. */
export function showCaller(store, phone, { hangUp }) {
  byId('answer').addEventListener('click', () => phone.answer());
  byId('mute').addEventListener('click', () => phone.toggleMute());
  byId('hold').addEventListener('click', () => phone.toggleHold());
  byId('hang-up').addEventListener('click', hangUp);

  store.watch((state) => [state.call, state.leg, state.phase, state.queues.length, state.lang], showWho);
  store.watch((state) => [state.call, state.lang, state.topics], showHistory);
  store.watch((state) => [state.leg, state.phase, state.lang, state.hangUpArmed, state.link], showButtons);
}

function showWho({ call, leg, phase, queues }) {
  if (!call) return;
  const held = leg ? leg.held : call.state === 'held';
  const word = phase === 'talking' && held ? 'held' : phase;
  setText(byId('call-word'), t(`call.word_${word}`));
  tickSince(byId('call-time'), timeOf(phase, call, leg));
  byId('recording').hidden = phase !== 'talking' || Boolean(call.local);
  const number = byId('call-number');
  setText(number, call.from ? spaced(call.from) : t(call.withheld ? 'call.withheld' : 'call.unknown'));
  number.classList.toggle('words', !call.from);
  setText(byId('call-line'), whereFrom(call, queues));
  const urgent = byId('urgent');
  urgent.hidden = !call.urgent;
  setText(urgent, call.urgent ? t('call.urgent', { what: label(call.urgency) || t('call.urgent_matter') }) : '');
}

function timeOf(phase, call, leg) {
  if (phase === 'ringing') return call.ringing_at ?? leg?.since ?? call.arrived_at;
  if (phase === 'talking') return call.answered_at ?? leg?.since ?? null;
  return call.ended_at ?? null;
}

function whereFrom(call, queues) {
  if (call.local) return t('call.local');
  const parts = [label(queues.find((queue) => queue.id === call.queue))];
  if (call.line && call.line !== HOTLINE) parts.push(t('call.line', { line: call.line }));
  if (call.arrived_at) parts.push(t('call.arrived', { time: clockTime(call.arrived_at) }));
  return parts.filter(Boolean).join(' · ');
}

function showHistory({ call, topics }) {
  const names = new Map(topics.map((topic) => [topic.id, topic.name]));
  const many = call?.calls_this_month ?? 0;
  setText(byId('call-history'), many > 1 ? t('call.month', { count: many }) : call && !call.local && call.from ? t('call.month_first') : '');
  byId('open-title').hidden = !call?.open_tickets?.length;
  fill(byId('open-tickets'), (call?.open_tickets ?? []).map((ticket) => openTicket(ticket, names)));
}

function openTicket(ticket, names) {
  const { kind, topic } = ticket.fields;
  const when = t('call.since', { time: dayTime(ticket.accepted_at ?? ticket.created_at) });
  return h(
    'li',
    { class: 'open-ticket' },
    h('span', { class: 'tag', text: t(`ticket_state.${ticket.state}`) }),
    h('a', { class: 'num', href: `/tickets/${ticket.id}`, target: '_blank', text: ticket.id }), // this page has the call: it stays
    h('span', { text: [kind ? t(`kind.${kind}`) : '', label(names.get(topic))].filter(Boolean).join(' · ') }),
    h('small', { text: [ticket.unit_name, when, dueDay(ticket)].filter(Boolean).join(' · ') }),
  );
}

/** The last day that is in time; a deadline may still move while its year's working days are not published. */
function dueDay({ due_day: day, due_provisional: provisional }) {
  return day ? t(provisional ? 'call.due_provisional' : 'call.due', { day }) : '';
}

function showButtons({ leg, phase, hangUpArmed, link }) {
  const ringing = leg?.state === 'ringing' || leg?.state === 'answering';
  const talking = leg?.state === 'talking';
  const answer = byId('answer');
  answer.hidden = !(ringing || phase === 'ringing');
  answer.disabled = leg?.state === 'answering';
  if (phase === 'ringing' && !answer.disabled && !isTextField(document.activeElement)) answer.focus(); // so that Enter answers
  for (const id of ['mute', 'hold', 'hang-up']) byId(id).hidden = !(talking || phase === 'talking');
  byId('mute').disabled = !talking || leg.held;
  byId('hold').disabled = !talking;
  byId('hang-up').disabled = !talking && link !== 'live';
  press(byId('mute'), talking && leg.muted);
  press(byId('hold'), talking && leg.held);
  setText(byId('hang-up-word'), t(hangUpArmed ? 'call.hang_up_again' : 'call.hang_up'));
  byId('hang-up').classList.toggle('armed', hangUpArmed);
  const problem = byId('leg-problem');
  const key = leg ? leg.problem : MISSING[phase];
  problem.hidden = !key;
  problem.classList.toggle('later', !leg);
  setText(problem, key ? t(`leg.${key}`) : '');
}

function press(button, on) {
  button.setAttribute('aria-pressed', String(Boolean(on)));
}
