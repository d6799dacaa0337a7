// The supervisors' page of the categoriser: figures by topic, week and version, and the calls where it was wrong.

import { get, post } from './api.js';
import { showFigures, showTables } from './accuracy/figures.js';
import { showList } from './accuracy/list.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, t } from './i18n.js';
import { startPage } from './page.js';
import { say } from './panels/notices.js';

const PERIODS = [4, 12, 26, 52];
const LISTS = ['misses', 'not_understood'];
const ALL = { topic: '', week: '', version: '' };
const unread = () => Object.fromEntries(LISTS.map((name) => [name, null]));
const store = await startPage({ data: null, weeks: 12, filters: ALL, list: 'misses', lists: unread(), heard: null, words: {} });

async function load() {
  const { weeks } = store.get();
  try {
    const data = await get(`/api/accuracy?${new URLSearchParams({ weeks })}`);
    if (store.get().weeks === weeks) store.set({ data });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

const asked = (list) => new URLSearchParams({ list, weeks: store.get().weeks, ...store.get().filters }).toString();

/** A list from its beginning, or on from where it ended. */
async function loadCalls(list, after = '') {
  const wanted = asked(list);
  try {
    const { calls, next } = await get(`/api/accuracy/calls?${wanted}&${new URLSearchParams({ after })}`);
    const { lists } = store.get();
    if (wanted !== asked(list) || (lists[list]?.next ?? '') !== after) return; // another list is wanted by now
    store.set({ lists: { ...lists, [list]: { calls: [...(lists[list]?.calls ?? []), ...calls], next } } });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function loadLists() {
  store.set({ lists: unread() });
  LISTS.forEach((list) => loadCalls(list));
}

function choosePeriod(weeks) {
  store.set({ weeks, filters: { ...store.get().filters, week: '' } }); // that week may be outside of it
  load();
  loadLists();
}

function narrow(filters) {
  store.set({ filters: { ...store.get().filters, ...filters } });
  loadLists();
}

/** The same one again takes the filter away. */
const toggle = (name, value) => narrow({ [name]: store.get().filters[name] === value ? '' : value });

async function showWords(callId) {
  try {
    const { words } = await post('/api/views', { call_id: callId });
    store.set({ words: { ...store.get().words, [callId]: words } });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

/** One player for the page: the sound of a call is fetched, and that it was is recorded, only when asked for. */
function showPlayer({ heard, lists }) {
  const box = byId('player');
  box.hidden = !heard;
  if (!heard) return fill(box);
  if (box.dataset.call === heard) return undefined;
  box.dataset.call = heard;
  const call = LISTS.flatMap((list) => lists[list]?.calls ?? []).find((each) => each.call_id === heard);
  const audio = h('audio', { controls: true, autoplay: true, preload: 'none', src: `/api/calls/${encodeURIComponent(heard)}/recording` });
  audio.addEventListener('error', () => say(store, t('accuracy.no_sound'), 'bad'));
  return fill(
    box,
    h('b', { class: 'num', text: call?.ticket_id ?? '' }),
    audio,
    h('small', { class: 'muted', text: t('accuracy.recorded') }),
    h('button', { type: 'button', class: 'quiet', text: t('accuracy.close'), on: { click: () => (delete box.dataset.call, store.set({ heard: null })) } }),
  );
}

store.watch(
  (state) => [state.weeks, state.lang],
  ({ weeks }) =>
    fill(
      byId('period'),
      PERIODS.map((each) => h('button', { type: 'button', 'aria-pressed': String(each === weeks), text: t('accuracy.weeks', { count: each }), on: { click: () => choosePeriod(each) } })),
    ),
);
store.watch(
  (state) => [state.data, state.filters, state.lang],
  ({ data, filters }) => {
    if (!data) return;
    const empty = !data.all;
    byId('trouble').hidden = !data.health.problem;
    setText(byId('trouble'), data.health.problem ? t('accuracy.trouble', { problem: data.health.problem }) : '');
    byId('nothing').hidden = !empty;
    byId('grid').hidden = empty;
    byId('figures').hidden = empty;
    setText(byId('span'), t('accuracy.span', { since: data.since, until: data.until }));
    if (empty) return;
    showFigures(data);
    showTables(data, filters, toggle);
  },
);
store.watch(
  (state) => [state.data, state.filters, state.list, state.lists, state.heard, state.words, state.lang],
  (state) => {
    if (!state.data?.all) return;
    showList(state, {
      list: (list) => store.set({ list }),
      all: () => narrow(ALL),
      hear: (heard) => store.set({ heard }),
      words: showWords,
    });
    showPlayer(state);
  },
);
byId('more').addEventListener('click', () => {
  const { list, lists } = store.get();
  loadCalls(list, lists[list].next);
});
load();
loadLists();
