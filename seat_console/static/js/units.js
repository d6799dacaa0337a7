// The administrator's page of handling units: the tree, making and changing a unit, closing it with what is left shown.

import { get, post } from './api.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, t } from './i18n.js';
import { loadMails, mailTable } from './mails.js';
import { ask, startPage } from './page.js';
import { say } from './panels/notices.js';

const PARENTS = { city: [null, 'city'], town: [null], community: ['town'] };
const store = await startPage({ units: null, wanted: '', closed: false, mails: [], count: 0 });
let edited = null; // the unit in the dialog; null while a new one is made

async function load() {
  try {
    store.set({ units: (await get('/api/units')).units, ...(await loadMails()) });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

const byName = (id) => store.get().units.find((unit) => unit.id === id);

/** Units that match, with all above them, so that a found one is seen in its place. */
function shown({ units, wanted, closed }) {
  const open = units.filter((unit) => closed || !unit.closed_at);
  if (!wanted) return open;
  const kept = new Set();
  for (const unit of open.filter((each) => `${each.id} ${each.name} ${each.email}`.toLowerCase().includes(wanted))) {
    for (let up = unit; up; up = up.parent && byName(up.parent)) kept.add(up.id);
  }
  return open.filter((unit) => kept.has(unit.id));
}

function rows(state) {
  if (!state.units) return h('tr', {}, h('td', { colspan: 6, class: 'empty', text: t('loading') }));
  const found = shown(state);
  setText(byId('count'), t('units.count', { count: found.length }));
  if (!found.length) return h('tr', {}, h('td', { colspan: 6, class: 'empty', text: t('units.none') }));
  return found.map(row);
}

function row(unit) {
  const button = (key, run) => h('button', { type: 'button', class: 'quiet', on: { click: run }, text: t(key) });
  return h(
    'tr',
    { class: unit.closed_at ? 'disabled' : null, data: { unit: unit.id } },
    h('td', { class: 'num muted', text: unit.id }),
    h('td', { class: `depth-${Math.min(unit.depth, 3)}` }, h('span', { text: unit.name })),
    h('td', { text: t(`level.${unit.level}`) }),
    h('td', { class: unit.email ? null : 'muted', text: unit.email || t('units.no_email') }),
    h('td', {}, h('span', { class: unit.closed_at ? 'tag' : null, text: t(unit.closed_at ? 'units.is_closed' : 'units.is_open') })),
    h(
      'td',
      { class: 'row-buttons' },
      unit.closed_at ? button('units.open', () => reopen(unit)) : [button('accounts.edit', () => edit(unit)), button('units.close', () => close(unit))],
    ),
  );
}

function edit(unit) {
  edited = unit;
  setText(byId('edit-title'), unit ? t('accounts.edit_title', { login: unit.name }) : t('units.new'));
  byId('edit-name').value = unit?.name ?? '';
  byId('edit-level').value = unit?.level ?? 'city';
  byId('edit-email').value = unit?.email ?? '';
  showParents(unit?.parent ?? '');
  mark({});
  byId('edit').showModal();
  byId('edit-name').focus();
}

function showParents(chosen) {
  const allowed = PARENTS[byId('edit-level').value];
  const units = store.get().units.filter((unit) => !unit.closed_at && unit.id !== edited?.id && allowed.includes(unit.level));
  const nobody = allowed.includes(null) ? [h('option', { value: '', text: t('units.nobody') })] : [];
  fill(byId('edit-parent'), nobody, units.map((unit) => h('option', { value: unit.id, text: `${'　'.repeat(unit.depth)}${unit.name}` })));
  byId('edit-parent').value = units.some((unit) => unit.id === chosen) ? chosen : (nobody.length ? '' : (units[0]?.id ?? ''));
  byId('edit-parent').disabled = byId('edit-parent').options.length < 2 && nobody.length > 0;
}

/** Show what is wrong, on top in words and at each field. */
function mark(problems) {
  for (const field of byId('edit-form').querySelectorAll('[data-field]')) {
    field.setAttribute('aria-invalid', String(field.dataset.field in problems));
  }
  const words = Object.values(problems).map((reason) => t(`unit_problem.${reason}`));
  byId('edit-problem').hidden = !words.length;
  setText(byId('edit-problem'), words.join(' '));
}

async function saveEdit(event) {
  event.preventDefault();
  const body = Object.fromEntries(['name', 'level', 'parent', 'email'].map((name) => [name, byId(`edit-${name}`).value.trim()]));
  try {
    await post(edited ? `/api/units/${edited.id}/change` : '/api/units', body);
    byId('edit').close();
    say(store, t('units.saved', { name: body.name }));
    await load();
  } catch (problem) {
    mark(problem.fields);
    if (Object.keys(problem.fields).length) return;
    byId('edit-problem').hidden = false;
    setText(byId('edit-problem'), explain(problem));
  }
}

async function close(unit, successor = '') {
  if (!successor && !(await ask(t('units.ask_close', { name: unit.name }), t('units.close')))) return;
  try {
    await post(`/api/units/${unit.id}/close`, { successor });
    say(store, t('units.closed', { name: unit.name }));
    await load();
  } catch (problem) {
    if (problem.code === 'unit_busy') showBusy(unit, problem.body.busy);
    else say(store, explain(problem), 'bad');
  }
}

function showBusy(unit, { tickets, first, accounts, below }) {
  const names = (list, all) => list.join(t('list.comma')) + (all > list.length ? ' …' : '');
  setText(byId('busy-title'), t('units.busy_title', { name: unit.name }));
  fill(
    byId('busy-list'),
    tickets ? h('li', { text: t('units.busy_tickets', { count: tickets, names: names(first, tickets) }) }) : null,
    accounts.length ? h('li', { text: t('units.busy_accounts', { names: names(accounts) }) }) : null,
    below.length ? h('li', { text: t('units.busy_below', { names: names(below) }) }) : null,
  );
  const others = store.get().units.filter((each) => !each.closed_at && each.id !== unit.id);
  fill(byId('successor'), others.map((each) => h('option', { value: each.id, text: `${'　'.repeat(each.depth)}${each.name}` })));
  byId('hand-on').hidden = byId('hand-on-yes').hidden = !tickets || accounts.length + below.length > 0;
  byId('busy').returnValue = 'no';
  byId('busy').showModal();
  byId('busy').addEventListener('close', () => byId('busy').returnValue === 'yes' && close(unit, byId('successor').value), { once: true });
}

async function reopen(unit) {
  try {
    await post(`/api/units/${unit.id}/open`, {});
    await load();
  } catch (problem) {
    say(store, problem.code === 'conflict' ? t('units.open_above') : explain(problem), 'bad');
  }
}

byId('new').addEventListener('click', () => edit(null));
byId('edit-form').addEventListener('submit', saveEdit);
byId('edit-level').addEventListener('change', () => showParents(byId('edit-parent').value));
byId('edit-cancel').addEventListener('click', () => byId('edit').close());
byId('find').addEventListener('input', (event) => store.set({ wanted: event.target.value.trim().toLowerCase() }));
byId('show-closed').addEventListener('change', (event) => store.set({ closed: event.target.checked }));
store.watch((state) => [state.units, state.wanted, state.closed, state.lang], (state) => fill(byId('units'), rows(state)));
store.watch((state) => [state.units], (state) => (byId('new').disabled = !state.units)); // its lists come with the page's
store.watch((state) => [state.mails, state.count, state.lang], ({ mails, count }) => {
  setText(byId('mails-count'), t(count > mails.length ? 'mails.first' : 'mails.count', { count, shown: mails.length }));
  byId('mails-count').className = count ? 'tag bad' : 'muted';
  fill(byId('mails'), mailTable({ store, mails, reload: load, link: false }));
});
await load();
