// The administrator's calendar: a year as months, single days or a whole published year changed, shown before applied.

import { get, post } from './api.js';
import { drawYear, moveFocus, weekday } from './calendar/months.js';
import { drawPreview } from './calendar/preview.js';
import { problemText, readFile } from './calendar/reading.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, t } from './i18n.js';
import { startPage } from './page.js';
import { say } from './panels/notices.js';

const PATIENCE = { timeout: 60_000 }; // a hundred thousand open deadlines are reckoned again
const store = await startPage({ table: null, chosen: null, pending: [], preview: null, busy: false });
let wanted = null; // the body of the preview that is shown

async function show(year) {
  try {
    store.set({ table: await get(`/api/calendar/${year}`), chosen: null });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function drawHead({ table }) {
  if (!table) return;
  setText(byId('year-title'), String(table.year));
  const state = table.provisional ? 'provisional' : 'published';
  fill(byId('year-state'), h('span', { class: `tag ${state}`, text: t(`calendar.is_${state}`) }), table.provisional ? h('span', { class: 'muted', text: t('calendar.provisional_note') }) : null);
  setText(byId('papers'), table.papers.length ? t('calendar.papers', { papers: table.papers.join(t('list.comma')) }) : '');
}

function choose(day) {
  const { table, pending } = store.get();
  const now = pending.find((each) => each.day === day) ?? table.days.find((each) => each.day === day);
  store.set({ chosen: day });
  const what = !now || now.off === null ? 'usual' : now.off ? 'off' : 'worked';
  byId('day-form').elements.what.value = what;
  byId('day-name').value = now?.name ?? '';
  problem('day', '');
  byId('day-form').querySelector(`[value=${what}]`).focus();
}

function drawChosen({ chosen, pending }) {
  byId('day-fields').hidden = !chosen;
  setText(byId('day-chosen'), chosen ? `${chosen} ${weekday(chosen)}` : t('calendar.choose_day'));
  byId('day-chosen').classList.toggle('muted', !chosen);
  fill(byId('pending'), pending.map(pendingRow));
  byId('preview-days').hidden = !pending.length;
}

function pendingRow(edit) {
  const what = edit.off === null ? 'usual' : edit.off ? 'off' : 'worked';
  return h(
    'li',
    { class: 'pending' },
    h('span', { class: 'num', text: `${edit.day.slice(5)} ${weekday(edit.day)}` }),
    h('span', { class: `word ${what}`, text: t(`calendar.${what}`) }),
    h('span', { class: 'grow', text: edit.name }),
    h('button', { type: 'button', class: 'quiet', on: { click: () => store.set({ pending: store.get().pending.filter((each) => each !== edit) }) }, text: t('calendar.take_back') }),
  );
}

function problem(where, text) {
  byId(`${where}-problem`).hidden = !text;
  setText(byId(`${where}-problem`), text);
}

function addDay(event) {
  event.preventDefault();
  const { chosen, pending } = store.get();
  const what = byId('day-form').elements.what.value;
  const name = what === 'usual' ? '' : byId('day-name').value.trim();
  if (what !== 'usual' && !name) {
    problem('day', t('calendar.name_needed'));
    return void byId('day-name').focus();
  }
  const others = pending.filter((each) => each.day !== chosen);
  if (others.length && others[0].day.slice(0, 4) !== chosen.slice(0, 4)) return problem('day', t('calendar.one_year'));
  const edit = { day: chosen, off: { off: true, worked: false, usual: null }[what], name };
  store.set({ pending: [...others, edit].sort((a, b) => (a.day < b.day ? -1 : 1)), chosen: null });
  document.querySelector(`[data-day="${chosen}"]`)?.focus();
}

async function preview(body, where) {
  problem('file', '');
  problem('preview', '');
  store.set({ busy: true });
  try {
    const found = await post('/api/calendar/preview', body, PATIENCE);
    wanted = body;
    if (found.year !== store.get().table.year) await show(found.year);
    store.set({ preview: found });
  } catch (failure) {
    if (where === 'file') problem('file', problemText(failure));
    else say(store, problemText(failure), 'bad');
  } finally {
    store.set({ busy: false });
  }
}

async function apply() {
  store.set({ busy: true });
  try {
    const done = await post('/api/calendar/apply', { ...wanted, revision: store.get().preview.revision }, PATIENCE);
    say(store, t('calendar.applied', { year: done.year, count: done.moved }));
    byId('file-form').reset();
    wanted = null;
    store.set({ preview: null, pending: [] });
    await show(done.year);
  } catch (failure) {
    if (failure.code === 'conflict') await preview(wanted, 'days'); // somebody changed the table: look again
    problem('preview', failure.code === 'conflict' ? t('calendar.changed_meanwhile') : problemText(failure));
  } finally {
    store.set({ busy: false });
  }
}

byId('earlier').addEventListener('click', () => show(store.get().table.year - 1));
byId('later').addEventListener('click', () => show(store.get().table.year + 1));
byId('months').addEventListener('click', (event) => {
  const day = event.target.closest('[data-day]')?.dataset.day;
  if (day && !store.get().preview) choose(day);
});
byId('months').addEventListener('keydown', moveFocus);
byId('day-form').addEventListener('submit', addDay);
byId('preview-days').addEventListener('click', () => preview({ days: store.get().pending }, 'days'));
byId('file').addEventListener('change', async () => {
  const { text, reason } = await readFile(byId('file').files[0]);
  problem('file', reason);
  byId('paste').value = text;
});
byId('file-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (byId('paste').value.trim()) preview({ file: byId('paste').value }, 'file');
  else problem('file', t('calendar.nothing_given'));
});
byId('give-up').addEventListener('click', () => store.set({ preview: null }));
byId('apply').addEventListener('click', apply);

store.watch((state) => [state.table, state.lang], drawHead);
store.watch((state) => [state.table, state.pending, state.preview, state.chosen, state.lang], (state) => drawYear(byId('months'), state));
store.watch((state) => [state.chosen, state.pending, state.lang], drawChosen);
store.watch((state) => [state.preview, state.busy, state.lang], (state) => {
  byId('edit-side').hidden = Boolean(state.preview);
  byId('preview-side').hidden = !state.preview;
  byId('apply').disabled = byId('preview-days').disabled = state.busy;
  document.body.classList.toggle('busy', state.busy);
  if (state.preview) drawPreview(state.preview);
});
const asked = Number(new URLSearchParams(location.search).get('year'));
await show(asked || new Date(Date.now() + 8 * 3600_000).getUTCFullYear());
