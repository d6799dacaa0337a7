// Searching tickets: what is asked stays with the page, never in its address, where a number would be kept.

import { get, post } from './api.js';
import { byId, fill, h, isTextField, setText } from './dom.js';
import { explain, knows, label, t } from './i18n.js';
import { startPage } from './page.js';
import { showExport } from './panels/export.js';
import { row } from './search/rows.js';
import { setServerTime } from './time.js';

const TYPED = ['words', 'place'];
const FIELDS = ['words', 'place', 'since', 'until', 'state', 'kind', 'topic', 'unit'];
const STATES = ['open', 'accepted', 'handed_over', 'signed', 'in_hand', 'returned', 'merged', 'replied', 'called_back', 'closed'];
const KINDS = ['consultation', 'complaint', 'suggestion', 'help'];
const PAGE = 50;

/** What a link of another page asks for. */
function asInTheAddress() {
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(FIELDS.filter((name) => given.get(name)).map((name) => [name, given.get(name)]));
}

const store = await startPage({
  query: history.state?.query ?? asInTheAddress(),
  rows: null, // null while the first page is on its way
  next: null,
  busy: false,
  problem: null,
  topics: [],
  units: [],
});
let asked = 0;

/** The first page of a question, or the next one; an answer that was overtaken is dropped. */
async function find(more = false) {
  const mine = ++asked;
  const { query, next, rows } = store.get();
  store.set({ busy: true, problem: null, ...(!more && { rows: null, next: null }) });
  try {
    const body = { query, limit: PAGE, ...(more && next && { after: next }) };
    const found = await post('/api/tickets/search', body);
    if (mine !== asked) return;
    store.set({ rows: more ? [...rows, ...found.tickets] : found.tickets, next: found.next, busy: false });
  } catch (problem) {
    if (mine === asked) store.set({ busy: false, problem, rows: more ? rows : [] });
  }
}

function read() {
  const query = {};
  for (const name of FIELDS) {
    const value = byId(name).value.trim();
    if (value) query[name] = value;
  }
  history.replaceState({ query }, '');
  store.set({ query });
  find();
}

/** Show what is asked; what is being typed is not asked yet, and stays. */
function write(names) {
  const { query } = store.get();
  for (const name of names) byId(name).value = query[name] ?? '';
}

const option = (value, text) => h('option', { value, text });

function options({ topics, units }) {
  const any = option('', t('search.any'));
  fill(byId('state'), any.cloneNode(true), option('open', t('search.open')), STATES.slice(1).map((each) => option(each, t(`ticket_state.${each}`))));
  fill(byId('kind'), any.cloneNode(true), KINDS.map((each) => option(each, t(`kind.${each}`))));
  fill(byId('topic'), any.cloneNode(true), topics.map((each) => option(each.id, label(each.name))));
  fill(byId('unit'), any, units.map((each) => option(each.id, each.name)));
  write(FIELDS.filter((name) => !TYPED.includes(name)));
}

function rows({ rows: found, query, problem }) {
  if (problem && !found?.length) return [];
  const note = (key) => h('tr', {}, h('td', { colspan: 10, class: 'empty', text: t(key) }));
  if (!found) return note('loading');
  if (!found.length) return note(Object.keys(query).length ? 'search.none' : 'search.empty');
  return found.map(row);
}

function showProblem({ problem }) {
  const fields = problem?.fields ?? {};
  for (const name of FIELDS) byId(name).toggleAttribute('aria-invalid', false);
  for (const name of Object.keys(fields)) document.getElementById(name)?.setAttribute('aria-invalid', 'true');
  byId('problem').hidden = !problem;
  const first = Object.values(fields)[0];
  const key = `search.problem_${first}`;
  setText(byId('problem'), problem ? (first && knows(key) ? t(key) : explain(problem)) : '');
}

function showCount({ rows: found, next }) {
  setText(byId('count'), found?.length ? t(next ? 'search.count_more' : 'search.count', { count: found.length }) : '');
  const button = h('button', { type: 'button', disabled: store.get().busy, on: { click: () => find(true) }, text: t('search.more') });
  fill(byId('more'), next ? button : []);
}

byId('query').addEventListener('submit', (event) => {
  event.preventDefault();
  read();
});
for (const name of ['since', 'until', 'state', 'kind', 'topic', 'unit']) byId(name).addEventListener('change', read);
byId('clear').addEventListener('click', () => {
  byId('query').reset();
  read();
  byId('words').focus();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || isTextField(event.target)) return;
  event.preventDefault();
  byId('words').select();
});

write(TYPED);
store.watch((state) => [state.topics, state.units, state.lang], options);
store.watch((state) => [state.rows, state.problem, state.lang], (state) => fill(byId('rows'), rows(state)));
store.watch((state) => [state.rows, state.next, state.busy, state.lang], showCount);
store.watch((state) => [state.problem, state.lang], showProblem);
showExport(store, ({ rows: found, query }) => (found?.length ? { list: 'search', query } : null));
byId('query-fields').disabled = false; // what was sent before this page could read it would stand in the address
byId('words').focus({ preventScroll: true });

byId('unit-label').hidden = document.body.dataset.role === 'unit';
const known = await get('/api/tickets/search/options').catch(() => null);
if (known) {
  setServerTime(known.now);
  store.set({ topics: known.topics, units: known.units });
}
await find();
