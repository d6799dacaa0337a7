// The administrator's page: the list, making and changing an account, one-time passwords shown once.

import { get, post } from './api.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, t } from './i18n.js';
import { ask, startPage } from './page.js';
import { say } from './panels/notices.js';

const store = await startPage({ accounts: null, freeSeats: [], units: [], wanted: '' });
let edited = null; // the account in the dialog; null while a new one is made

async function load() {
  try {
    const { accounts, free_seats: freeSeats, units } = await get('/api/accounts');
    store.set({ accounts, freeSeats, units });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function rows({ accounts, wanted }) {
  if (!accounts) return h('tr', {}, h('td', { colspan: 6, class: 'empty', text: t('loading') }));
  const found = accounts.filter((each) => `${each.login} ${each.name} ${place(each)}`.toLowerCase().includes(wanted));
  if (!found.length) return h('tr', {}, h('td', { colspan: 6, class: 'empty', text: t('accounts.none') }));
  return found.map(row);
}

function row(account) {
  const button = (key, run, kind = 'quiet') => h('button', { type: 'button', class: kind, on: { click: run }, text: t(key) });
  return h(
    'tr',
    { class: account.active ? null : 'disabled', data: { login: account.login } },
    h('td', {}, h('b', { text: account.login }), account.demo ? h('span', { class: 'tag', text: t('demo.word') }) : null),
    h('td', { text: account.name }),
    h('td', { text: t(`role.${account.role}`) }),
    h('td', { class: 'num', text: place(account) }),
    h('td', {}, h('span', { class: account.active ? 'tag good' : 'tag', text: t(stateKey(account)) })),
    h(
      'td',
      { class: 'row-buttons' },
      button('accounts.edit', () => edit(account)),
      button('accounts.reset', () => reset(account)),
      account.me ? null : account.active ? button('accounts.disable', () => setActive(account, false)) : button('accounts.enable', () => setActive(account, true)),
    ),
  );
}

function place(account) {
  const unit = account.unit && store.get().units.find((each) => each.id === account.unit);
  return account.seat ?? unit?.name ?? account.unit ?? '–';
}

function stateKey(account) {
  if (!account.active) return 'accounts.is_disabled';
  return account.must_change ? 'accounts.is_new' : 'accounts.is_active';
}

function edit(account) {
  edited = account;
  setText(byId('edit-title'), account ? t('accounts.edit_title', { login: account.login }) : t('accounts.new'));
  byId('edit-login').value = account?.login ?? '';
  byId('edit-login').disabled = Boolean(account);
  byId('edit-name').value = account?.name ?? '';
  byId('edit-role').value = account?.role ?? 'seat';
  const seats = [...(account?.seat ? [account.seat] : []), ...store.get().freeSeats];
  fill(byId('edit-seat'), seats.map((seat) => h('option', { value: seat, text: seat })));
  fill(byId('edit-unit'), store.get().units.map((unit) => h('option', { value: unit.id, text: `${'　'.repeat(unit.depth)}${unit.name}` })));
  if (account?.unit) byId('edit-unit').value = account.unit;
  showPlaceChoice();
  byId('edit-problem').hidden = true;
  byId('edit').showModal();
  byId(account ? 'edit-name' : 'edit-login').focus();
}

function showPlaceChoice() {
  for (const place of ['seat', 'unit']) {
    byId(`edit-${place}`).hidden = byId(`edit-${place}-label`).hidden = byId('edit-role').value !== place;
  }
}

async function saveEdit(event) {
  event.preventDefault();
  const role = byId('edit-role').value;
  const chosen = Object.fromEntries(['seat', 'unit'].map((place) => [place, role === place ? byId(`edit-${place}`).value : '']));
  const body = { name: byId('edit-name').value, role, ...chosen };
  try {
    if (edited) await post(`/api/accounts/${edited.id}/assign`, body);
    else showPassword(await post('/api/accounts', { ...body, login: byId('edit-login').value.trim().toLowerCase() }));
    byId('edit').close();
    await load();
  } catch (problem) {
    byId('edit-problem').hidden = false;
    setText(byId('edit-problem'), ['invalid', 'conflict', 'malformed'].includes(problem.code) ? t(`accounts.problem_${problem.code}`) : explain(problem));
  }
}

async function reset(account) {
  if (!(await ask(t('accounts.ask_reset', { login: account.login }), t('accounts.reset')))) return;
  await act(async () => showPassword(await post(`/api/accounts/${account.id}/reset`, {})));
}

async function setActive(account, active) {
  if (!active && !(await ask(t('accounts.ask_disable', { login: account.login }), t('accounts.disable')))) return;
  await act(() => post(`/api/accounts/${account.id}/${active ? 'enable' : 'disable'}`, {}));
}

async function act(run) {
  try {
    await run();
    await load();
  } catch (problem) {
    say(store, problem.code === 'conflict' ? t('accounts.problem_last_admin') : explain(problem), 'bad');
  }
}

function showPassword({ login, password }) {
  setText(byId('password-for'), t('accounts.password_for', { login }));
  setText(byId('password-text'), password);
  byId('password').showModal();
}

byId('password').addEventListener('close', () => setText(byId('password-text'), ''));
byId('password-copy').addEventListener('click', () => navigator.clipboard?.writeText(byId('password-text').textContent));
byId('new').addEventListener('click', () => edit(null));
byId('edit-form').addEventListener('submit', saveEdit);
byId('edit-role').addEventListener('change', showPlaceChoice);
byId('edit-cancel').addEventListener('click', () => byId('edit').close());
byId('find').addEventListener('input', (event) => store.set({ wanted: event.target.value.trim().toLowerCase() }));
store.watch((state) => [state.accounts, state.wanted, state.lang], (state) => fill(byId('accounts'), rows(state)));
store.watch((state) => [state.accounts], (state) => (byId('new').disabled = !state.accounts)); // its lists come with the page's
await load();
