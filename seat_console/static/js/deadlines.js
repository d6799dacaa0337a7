// The supervisors' page of deadlines: figures left, the tickets that the chosen one counts right; acts beside each.

import { get } from './api.js';
import { createActs } from './deadlines/act.js';
import { showAnswers } from './deadlines/answers.js';
import { showFigures } from './deadlines/figures.js';
import { isFigure, showList } from './deadlines/list.js';
import { convene, showMeetings } from './deadlines/meetings.js';
import { showMails, showNoticeRegister } from './deadlines/register.js';
import { showShare } from './deadlines/share.js';
import { byId } from './dom.js';
import { explain } from './i18n.js';
import { loadMails } from './mails.js';
import { startPage } from './page.js';
import { showExport } from './panels/export.js';
import { say } from './panels/notices.js';
import { setServerTime } from './time.js';

const EVERY_MS = 20_000;
const FIRST = ['arbitration', 'extensions', 'dissatisfied', 'unassigned', 'overdue', 'due_today'];

const store = await startPage({
  board: null,
  month: '', // '' is the running one
  what: null, // the figure whose list is shown, 'register', 'meetings' or 'mails'
  unit: null,
  list: null,
  notices: [],
  meetings: [],
  mails: [], // those that reached no unit, and how many there are
  count: 0,
  chosen: new Set(), // tickets for a meeting
});

let asked = 0;

/** Everything as it is now; an answer that was overtaken by a newer question is dropped. */
async function load() {
  const mine = ++asked;
  const { month } = store.get();
  try {
    const board = await get(`/api/deadlines?month=${encodeURIComponent(month)}`);
    const what = store.get().what ?? first(board);
    const more = await listOf(what);
    if (mine !== asked) return;
    setServerTime(board.now);
    store.set({ board, what, ...more });
  } catch (problem) {
    if (mine === asked) say(store, explain(problem), 'bad');
  }
}

const first = (board) => FIRST.find((what) => board.figures.some((f) => f.what === what && f.count)) ?? 'overdue';

async function listOf(what) {
  if (what === 'register') return get('/api/deadlines/notices');
  if (what === 'meetings') return get('/api/deadlines/meetings');
  if (what === 'mails') return loadMails();
  const { unit, month } = store.get();
  const query = new URLSearchParams({ month, ...(unit !== null && { unit }) });
  return { list: await get(`/api/deadlines/list/${what}?${query}`) };
}

function choose(what, unit = null) {
  store.set({ what, unit, list: null, chosen: new Set() });
  load();
  byId('list').scrollTop = 0;
  const title = byId('list-title');
  if (title.getBoundingClientRect().top > window.innerHeight) title.scrollIntoView(); // on a telephone it is below
}

function turn(months) {
  const { board, what } = store.get();
  if (!board) return;
  const [year, number] = board.month.split('-').map(Number);
  const at = new Date(Date.UTC(year, number - 1 + months, 1));
  store.set({ month: at.toISOString().slice(0, 7) });
  if (/^(month|said)_/.test(what ?? '')) store.set({ list: null });
  load();
}

const acts = createActs(store, load);
showFigures(store, choose);
showShare(store, choose);
showAnswers(store, choose);
showList(store, acts, (agenda) => convene(store, acts, agenda));
showExport(store, ({ list, what, unit, month }) => (list?.rows.length ? { list: 'deadlines', query: { what, month, ...(unit !== null && { unit }) } } : null));
store.watch((state) => [state.what], ({ what }) => {
  byId('export').hidden = !isFigure(what);
});
showNoticeRegister(store, acts);
showMeetings(store, acts);
showMails(store, load);
byId('earlier').addEventListener('click', () => turn(-1));
byId('later').addEventListener('click', () => turn(1));
document.addEventListener('visibilitychange', () => document.hidden || load());
await load();
setInterval(() => document.hidden || byId('act').open || load(), EVERY_MS);
