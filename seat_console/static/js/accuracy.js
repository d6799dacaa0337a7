// The supervisors' page of the categoriser: figures by topic, week and version, and the calls where it was wrong.

import { get, post } from './api.js';
import { showFigures, showTables } from './accuracy/figures.js';
import { showList } from './accuracy/list.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, t } from './i18n.js';
import { startPage } from './page.js';
import { say } from './panels/notices.js';

const PERIODS = [4, 12, 26, 52];
const store = await startPage({ data: null, weeks: 12, topic: '', list: 'misses', heard: null, words: {} });

async function load() {
  const { weeks, topic } = store.get();
  const query = new URLSearchParams({ weeks, topic });
  try {
    const data = await get(`/api/accuracy?${query}`);
    if (store.get().weeks === weeks && store.get().topic === topic) store.set({ data });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function choose(patch) {
  store.set(patch);
  load();
}

async function showWords(callId) {
  try {
    const { words } = await post('/api/views', { call_id: callId });
    store.set({ words: { ...store.get().words, [callId]: words } });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

/** One player for the page: the sound of a call is fetched, and that it was is recorded, only when asked for. */
function showPlayer({ heard, data }) {
  const box = byId('player');
  box.hidden = !heard;
  if (!heard) return fill(box);
  if (box.dataset.call === heard) return undefined;
  box.dataset.call = heard;
  const call = [...data.misses, ...data.not_understood].find((each) => each.call_id === heard);
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
      PERIODS.map((each) => h('button', { type: 'button', 'aria-pressed': String(each === weeks), text: t('accuracy.weeks', { count: each }), on: { click: () => choose({ weeks: each }) } })),
    ),
);
store.watch(
  (state) => [state.data, state.topic, state.lang],
  ({ data, topic }) => {
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
    showTables(data, topic, (next) => choose({ topic: next === topic ? '' : next }));
  },
);
store.watch(
  (state) => [state.data, state.topic, state.list, state.heard, state.words, state.lang],
  (state) => {
    if (!state.data?.all) return;
    showList(state, {
      list: (list) => store.set({ list }),
      all: () => choose({ topic: '' }),
      hear: (heard) => store.set({ heard }),
      words: showWords,
    });
    showPlayer(state);
  },
);
load();
