// The list of tickets: what is due first comes first; the filters are in the address, so that a list can be kept.

import { get } from './api.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, label, t } from './i18n.js';
import { startPage } from './page.js';
import { showExport } from './panels/export.js';
import { say } from './panels/notices.js';
import { dayTime, setServerTime } from './time.js';

const STATES = ['accepted', 'handed_over', 'signed', 'in_hand', 'returned', 'merged', 'replied', 'called_back', 'closed'];
const DUE = ['overdue', 'today', 'week'];
const WHO = ['mine'];
const COLUMNS = 8;
const REFRESH_MS = 30_000;
const asked = Object.fromEntries(new URLSearchParams(location.search));
const store = await startPage({ tickets: null, next: null, units: [], topics: {}, filters: { state: asked.state ?? '', due: asked.due ?? '', who: asked.who ?? '', unit: asked.unit ?? '' } });

const query = (more = {}) => new URLSearchParams(Object.entries({ ...store.get().filters, ...more }).filter(([, value]) => value)).toString();

async function load(after = '') {
  const wanted = query();
  try {
    const { tickets, next, units, topics, now } = await get(`/api/tickets?${query({ after })}`);
    if (wanted !== query()) return; // another list is wanted by now
    setServerTime(now);
    store.set({ tickets: after ? [...store.get().tickets, ...tickets] : tickets, next, units, topics });
  } catch (problem) {
    if (!store.get().tickets) store.set({ tickets: [] });
    say(store, explain(problem), 'bad');
  }
}

function rows({ tickets, topics }) {
  if (!tickets) return h('tr', {}, h('td', { colspan: COLUMNS, class: 'empty', text: t('loading') }));
  if (!tickets.length) return h('tr', {}, h('td', { colspan: COLUMNS, class: 'empty', text: t('tickets.none') }));
  return tickets.map((ticket) => row(ticket, topics));
}

function row(ticket, topics) {
  const marks = [
    ticket.overdue ? h('span', { class: 'tag bad', text: t('tickets.due_overdue') }) : null,
    ticket.due_provisional ? h('span', { class: 'tag provisional', text: t('tickets.provisional') }) : null,
  ];
  const beside = [
    ticket.returns ? h('span', { class: 'tag', text: t('tickets.returned_times', { count: ticket.returns }) }) : null,
    ticket.asked_extension ? h('span', { class: 'tag warn', text: t('tickets.asks', { days: ticket.asked_extension }) }) : null,
    ticket.round > 1 ? h('span', { class: 'tag warn', text: t('work.again', { round: ticket.round }) }) : null,
  ];
  return h(
    'tr',
    { data: { ticket: ticket.id } },
    h('td', {}, h('a', { class: 'num', href: `/tickets/${ticket.id}`, text: ticket.id })),
    h('td', { class: 'num' }, h('span', { class: ticket.overdue ? 'late' : null, text: ticket.due_day }), ' ', marks),
    h('td', {}, h('span', { class: `state-mark ${ticket.state}`, text: t(`ticket_state.${ticket.state}`) }), ' ', beside),
    h('td', { text: t(`kind.${ticket.kind}`) }),
    h('td', { class: 'matter-cell' }, h('b', { text: label(topics[ticket.topic] ?? ticket.topic) }), ' ', h('span', { text: ticket.what })),
    h('td', { text: ticket.place }),
    h('td', { text: ticket.unit_name || '–' }),
    h('td', { class: 'num muted', text: dayTime(ticket.accepted_at) }),
  );
}

function choices(name, all, values, text) {
  const select = document.getElementById(name);
  if (!select) return;
  fill(select, h('option', { value: '', text: all }), values.map((value) => h('option', { value: value.id ?? value, text: text(value) })));
  select.value = store.get().filters[name];
}

store.watch((state) => [state.units, state.lang], (state) => {
  choices('state', t('tickets.all_open'), STATES, (each) => t(`ticket_state.${each}`));
  choices('due', t('tickets.any_due'), DUE, (each) => t(`tickets.due_${each}`));
  choices('who', t('tickets.anybody'), WHO, (each) => t(`tickets.who_${each}`));
  choices('unit', t('tickets.any_unit'), state.units, (each) => each.name);
});
store.watch((state) => [state.tickets, state.topics, state.next, state.lang], (state) => {
  fill(byId('rows'), rows(state));
  byId('more').hidden = !state.next;
  const count = state.tickets?.length ?? 0;
  setText(byId('count'), state.tickets ? t(state.next ? 'tickets.first' : 'tickets.count', { count }) : '');
});
if (document.getElementById('export')) showExport(store, ({ tickets, filters }) => (tickets?.length ? { list: 'tickets', query: filters } : null));
byId('filters').addEventListener('change', (event) => {
  store.set({ filters: { ...store.get().filters, [event.target.name]: event.target.value }, tickets: null, next: null });
  history.replaceState(null, '', `?${query()}`);
  load();
});
byId('filters').addEventListener('submit', (event) => event.preventDefault());
byId('more').addEventListener('click', () => load(store.get().next));
setInterval(() => {
  const { tickets, next } = store.get();
  if (document.visibilityState === 'visible' && tickets && !next) load(); // a list somebody reads on in is left alone
}, REFRESH_MS);
await load();
