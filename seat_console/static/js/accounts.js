// The administrator's page: the list, making and changing an account, one-time passwords shown once.

import { get, post } from './api.js';
import { byId, fill, h, setText } from './dom.js';
import { currentLanguage, explain, t, useLanguage } from './i18n.js';
import { say, showNotices } from './panels/notices.js';
import { createStore } from './store.js';

const language = document.documentElement.lang.startsWith('en') ? 'en' : 'zh';
await useLanguage(language);

const store = createStore({ lang: language, accounts: null, freeSeats: [], wanted: '', said: null });
let edited = null; // the account in the dialog; null while a new one is made

async function load() {
  try {
    const { accounts, free_seats: freeSeats } = await get('/api/accounts');
    store.set({ accounts, freeSeats });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function rows({ accounts, wanted }) {
  if (!accounts) return h('tr', {}, h('td', { colspan: 6, class: 'empty', text: t('loading') }));
  const found = accounts.filter((each) => `${each.login} ${each.name} ${each.seat ?? ''}`.toLowerCase().includes(wanted));
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
    h('td', { class: 'num', text: account.seat ?? '–' }),
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
  showSeatChoice();
  byId('edit-problem').hidden = true;
  byId('edit').showModal();
  byId(account ? 'edit-name' : 'edit-login').focus();
}

function showSeatChoice() {
  const off = byId('edit-role').value !== 'seat';
  byId('edit-seat').hidden = byId('edit-seat-label').hidden = off;
}

async function saveEdit(event) {
  event.preventDefault();
  const role = byId('edit-role').value;
  const body = { name: byId('edit-name').value, role, seat: role === 'seat' ? byId('edit-seat').value : '' };
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

function ask(text, yes) {
  const dialog = byId('ask');
  setText(byId('ask-text'), text);
  setText(byId('ask-yes'), yes);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
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
byId('edit-role').addEventListener('change', showSeatChoice);
byId('edit-cancel').addEventListener('click', () => byId('edit').close());
byId('find').addEventListener('input', (event) => store.set({ wanted: event.target.value.trim().toLowerCase() }));
byId('language').addEventListener('click', async () => {
  const lang = await useLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
  byId('language').textContent = t('bar.other_language');
  store.set({ lang });
});

showNotices(store);
store.watch((state) => [state.accounts, state.wanted, state.lang], (state) => fill(byId('accounts'), rows(state)));
await load();
