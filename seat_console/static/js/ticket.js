// One ticket: its course as a line, its clocks, what was said and done, and what this person may do with it now.

import { get, post } from './api.js';
import { byId, fill, h } from './dom.js';
import { explain, t } from './i18n.js';
import { startPage } from './page.js';
import { say } from './panels/notices.js';
import { attachActions } from './ticket/act.js';
import { clocks, counted, days } from './ticket/clocks.js';
import { log } from './ticket/log.js';
import { head, matter, outcome } from './ticket/matter.js';
import { callbackRows, linesOf, sound } from './ticket/said.js';
import { similarRows } from './ticket/similar.js';
import { steps } from './ticket/steps.js';
import { setServerTime } from './time.js';

const REFRESH_MS = 20_000;
const url = `/api/tickets/${encodeURIComponent(document.body.dataset.ticket)}`;
const store = await startPage({ ticket: null, days: [], units: [], topics: {}, similar: [], number: null, transcript: null, seen: Infinity, minute: 0 });
const actions = attachActions(store, { url, adopt, reload: load });

/** Take what the server has; entries newer than those that were on the page are marked. */
function adopt(ticket, more = {}) {
  const before = store.get().ticket;
  const seen = before && before.version !== ticket.version ? before.log.length : store.get().seen;
  store.set({ ticket, seen, days: ticket.days ?? store.get().days, ...more });
}

async function load() {
  try {
    const { ticket, units, topics, now, me } = await get(url);
    setServerTime(now);
    adopt(ticket, { units, topics, me });
  } catch (problem) {
    if (!store.get().ticket) fill(byId('head'), t(problem.code === 'not_found' ? 'course.gone' : 'error.away'));
    say(store, explain(problem), 'bad');
  }
}

async function reveal(why) {
  const { number } = await post(`${url}/reveal`, { why });
  store.set({ number });
}

store.watch((state) => [state.ticket, state.number, state.topics, state.lang, state.minute], (state) => {
  if (!state.ticket) return;
  fill(byId('head'), head(state));
  fill(byId('steps'), steps(state.ticket));
  fill(byId('matter'), matter(state, () => actions.askWhy(reveal)));
  fill(byId('outcome'), outcome(state));
  byId('outcome').hidden = !byId('outcome').childElementCount;
  fill(byId('clocks'), clocks(state.ticket));
  fill(byId('counted-words'), counted(state.ticket));
  fill(byId('days'), days(state.days));
});
store.watch((state) => [state.ticket, state.seen, state.lang], (state) => {
  if (state.ticket) fill(byId('log'), log(state));
});
// Apart from the matter, which is painted each minute: who listens is not interrupted.
store.watch((state) => [state.ticket?.call_id, state.ticket?.may_hear, state.ticket?.recording], ({ ticket }) => {
  byId('call').hidden = !ticket?.may_hear;
  fill(byId('sound'), ticket?.may_hear && ticket.recording ? sound(ticket) : null);
});
store.watch((state) => [JSON.stringify(state.ticket?.callbacks), state.lang], ({ ticket }) => {
  byId('told').hidden = !ticket?.callbacks.length;
  fill(byId('told-rows'), ticket ? callbackRows(ticket) : null);
});
store.watch((state) => [state.ticket?.may_hear, state.ticket?.recording, state.transcript, state.lang], (state) => {
  fill(byId('said'), state.ticket?.may_hear ? linesOf(state, { show: showSaid, playFrom }) : null);
});

async function showSaid() {
  try {
    store.set({ transcript: await get(`/api/calls/${store.get().ticket.call_id}/transcripts`) });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function playFrom(seconds) {
  const audio = byId('sound').querySelector('audio');
  audio.currentTime = seconds;
  audio.play().catch(() => say(store, t('accuracy.no_sound'), 'bad'));
}

setInterval(() => {
  store.set({ minute: Math.floor(Date.now() / 60_000) });
  if (document.visibilityState === 'visible' && !byId('act').open) refresh();
}, REFRESH_MS);

/** Somebody else may have acted; a look is recorded once, when the page is opened, not each time it asks. */
async function refresh() {
  try {
    const { ticket } = await get(`${url}?if_newer=${store.get().ticket?.version ?? 0}`);
    if (ticket) adopt(ticket);
  } catch {
    // The page still shows what it had; acting on it finds out.
  }
}

/** Who else told of it; for those who may put tickets together. */
async function loadSimilar() {
  if (!store.get().ticket?.allowed.some((each) => each.action === 'merge')) return store.set({ similar: [] });
  try {
    const { similar } = await get(`${url}/similar`);
    store.set({ similar });
  } catch {
    store.set({ similar: [] }); // the page is whole without it
  }
  return undefined;
}

/** What units sent with their answers. */
async function loadFiles() {
  if (!store.get().ticket) return;
  const { files } = await get(`${url}/files`).catch(() => ({ files: [] })); // the page is whole without them
  const sent = files.filter((file) => file.sent);
  byId('sent-files').hidden = !sent.length;
  fill(byId('sent-rows'), sent.map((file) => h('li', {}, h('a', { href: `${url}/files/${file.key}`, target: '_blank', rel: 'noopener', text: file.name }))));
}

store.watch((state) => [state.ticket?.version], loadFiles);
store.watch((state) => [state.similar, state.topics, state.lang], (state) => {
  byId('similar').hidden = !state.similar.length;
  fill(byId('similar-list'), similarRows(state, (id) => actions.askMerge(id)));
});
store.watch((state) => [state.ticket?.state], loadSimilar);

await load();
