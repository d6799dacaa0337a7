// The administrator's keys for programs: a new one is shown once, an old one is revoked for ever.

import { get, post } from './api.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, t } from './i18n.js';
import { ask, startPage } from './page.js';
import { say } from './panels/notices.js';
import { dayTime } from './time.js';

const store = await startPage({ keys: null, units: [], wanted: '' });

async function load() {
  try {
    store.set(await get('/api/keys'));
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function rows({ keys, units, wanted }) {
  const note = (key) => h('tr', {}, h('td', { colspan: 8, class: 'empty', text: t(key) }));
  if (!keys) return note('loading');
  const found = keys.filter((each) => each.name.toLowerCase().includes(wanted));
  if (!found.length) return note('programs.none');
  return found.map((key) => row(key, units));
}

function row(key, units) {
  const unit = units.find((each) => each.id === key.unit)?.name ?? key.unit;
  const revoked = key.revoked_at !== null;
  const used = key.last_used_at ? dayTime(key.last_used_at) : t('programs.never');
  return h(
    'tr',
    { class: revoked ? 'disabled' : null, data: { key: String(key.id) } },
    h('td', {}, h('b', { text: key.name })),
    h('td', { class: 'num', text: `hl_${key.prefix}_…` }),
    h('td', { text: key.unit ? `${t(`role.${key.role}`)} · ${unit}` : t(`role.${key.role}`) }),
    h('td', { text: t(key.may_write ? 'programs.write' : 'programs.read') }),
    h('td', { class: 'num', text: String(key.per_minute) }),
    h('td', { text: `${key.made_by} ${dayTime(key.made_at)}` }),
    h('td', { text: revoked ? t('programs.revoked', { at: dayTime(key.revoked_at) }) : used }),
    h('td', { class: 'row-buttons' }, revoked ? null : h('button', { type: 'button', class: 'quiet', on: { click: () => revoke(key) }, text: t('programs.revoke') })),
  );
}

async function revoke(key) {
  if (!(await ask(t('programs.ask_revoke', { name: key.name }), t('programs.revoke')))) return;
  try {
    await post(`/api/keys/${key.id}/revoke`, {});
    await load();
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function edit() {
  byId('edit-form').reset();
  fill(byId('edit-unit'), store.get().units.map((each) => h('option', { value: each.id, text: each.name })));
  showUnit();
  byId('edit-problem').hidden = true;
  byId('edit').showModal();
  byId('edit-name').focus();
}

function showUnit() {
  byId('edit-unit').hidden = byId('edit-unit-label').hidden = byId('edit-role').value !== 'unit';
}

async function make(event) {
  event.preventDefault();
  const role = byId('edit-role').value;
  const body = {
    name: byId('edit-name').value.trim(),
    role,
    unit: role === 'unit' ? byId('edit-unit').value : '',
    may_write: byId('edit-write').checked,
    per_minute: Number(byId('edit-limit').value),
  };
  try {
    const { text } = await post('/api/keys', body);
    byId('edit').close();
    setText(byId('shown-text'), text);
    byId('shown').showModal();
    await load();
  } catch (problem) {
    byId('edit-problem').hidden = false;
    setText(byId('edit-problem'), problem.fields.name ? t('programs.problem_name') : explain(problem));
  }
}

byId('shown').addEventListener('close', () => setText(byId('shown-text'), ''));
byId('shown-copy').addEventListener('click', () => navigator.clipboard?.writeText(byId('shown-text').textContent));
byId('new').addEventListener('click', edit);
byId('edit-form').addEventListener('submit', make);
byId('edit-role').addEventListener('change', showUnit);
byId('edit-cancel').addEventListener('click', () => byId('edit').close());
byId('find').addEventListener('input', (event) => store.set({ wanted: event.target.value.trim().toLowerCase() }));

store.watch((state) => [state.keys, state.units, state.wanted, state.lang], (state) => fill(byId('keys'), rows(state)));
store.watch((state) => [state.keys], (state) => (byId('new').disabled = !state.keys)); // its lists come with the page's
await load();
