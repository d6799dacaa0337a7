// A handling unit's work: its figures, each opening the list it counts, and what is due next first.

import { get } from './api.js';
import { byId, fill, h, setText } from './dom.js';
import { explain, label, t } from './i18n.js';
import { createLink } from './link.js';
import { startPage } from './page.js';
import { say } from './panels/notices.js';
import { dayTime, lastDay, serverNow } from './time.js';
import { left } from './work/left.js';

const FIGURES = ['open', 'due_today', 'overdue'];
const MORE = ['replied', 'month_due', 'month_in_time', 'month_late'];
const DONE = new Set(MORE);
const asked = new URLSearchParams(location.search).get('list');
const store = await startPage({ board: null, list: [...FIGURES, ...MORE].includes(asked) ? asked : 'open', link: 'connecting', minute: 0 });
const path = () => `/api/work?list=${store.get().list}`;

async function choose(list) {
  store.set({ list });
  history.replaceState(null, '', list === 'open' ? '/work' : `/work?list=${list}`);
  try {
    store.set({ board: await get(path()) });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function figures({ board, list }) {
  if (!board) return null;
  const { share } = board.figures;
  const big = (name, value, kind = '') =>
    h(
      'button',
      { type: 'button', class: kind, 'aria-pressed': String(list === name), data: { list: name }, on: { click: () => choose(name) } },
      h('b', { class: 'num', text: value }),
      h('span', { text: t(`work.${name === 'month_due' ? 'share' : name}`) }),
    );
  return [
    big('open', board.figures.open),
    big('due_today', board.figures.due_today, board.figures.due_today ? 'warn' : ''),
    big('overdue', board.figures.overdue, board.figures.overdue ? 'bad' : ''),
    big('month_due', share === null ? '–' : `${Math.floor(share * 1000) / 10}%`),
  ];
}

/** What citizens said at this month's callbacks of the unit's matters. */
function verdict({ board }) {
  const said = board?.figures.answers;
  if (!said?.valid) return null;
  const share = (value) => `${(Math.floor(value * 1000) / 10).toFixed(1)}%`;
  const shares = { responded: share(said.responded_share), solved: share(said.solved_share), satisfied: share(said.satisfied_share) };
  return h('span', { title: t('deadlines.answers_formula'), text: t('work.verdict', { count: said.valid, ...shares }) });
}

function chips({ board, list }) {
  if (!board) return null;
  return MORE.map((name) =>
    h(
      'button',
      { type: 'button', class: 'chip', 'aria-pressed': String(list === name), data: { list: name }, on: { click: () => choose(name) } },
      t(`work.${name}`),
      name in board.figures ? h('b', { class: 'num', text: board.figures[name] }) : null,
    ),
  );
}

function rows({ board }) {
  if (!board) return h('li', { class: 'empty', text: t('loading') });
  if (!board.rows.length) return h('li', { class: 'empty', text: t(`work.none_${DONE.has(board.list) ? 'done' : board.list}`) });
  return board.rows.map((row) => h('li', {}, DONE.has(board.list) ? doneRow(row) : openRow(row)));
}

function head(row, ...end) {
  return [
    h('span', { class: 'topic', text: label(row.topic) }),
    row.role === 'part' ? h('span', { class: 'tag', text: t('work.part') }) : null,
    row.state === 'handed_over' && row.role === 'lead' ? h('span', { class: 'tag sign', text: t('work.to_sign') }) : null,
    row.asked_extension ? h('span', { class: 'tag', text: t('work.extension_asked') }) : null,
    row.round > 1 ? h('span', { class: 'tag bad', text: t('work.again', { round: row.round }) }) : null,
    ...end,
  ];
}

function openRow(row) {
  const time = left(row.begun, row.due, serverNow());
  const sign = row.state === 'handed_over' && row.role === 'lead' ? h('span', { class: row.next_due <= serverNow() ? 'left late' : '', text: t('work.sign_by', { day: lastDay(row.next_due) }) }) : null;
  return h(
    'a',
    { href: `/work/${row.id}`, class: time.level, data: { ticket: row.id } },
    h('span', { class: 'line' }, head(row, h('span', { class: `left end ${time.level}`, text: time.text }))),
    h('span', { class: 'what', text: [row.place, row.what].filter(Boolean).join('　') }),
    h('progress', { max: '100', value: String(time.share), 'aria-label': time.text }),
    h('small', { class: 'line muted' }, h('span', { class: 'num', text: row.id }), h('span', { text: t(`kind.${row.kind}`) }), sign, h('span', { class: 'end num', text: t(row.provisional ? 'work.due_provisional' : 'work.due', { day: row.due_day.slice(5) }) })),
  );
}

function doneRow(row) {
  const end = row.done_at ? t(row.done_at < row.due ? 'work.in_time' : 'work.late') : row.replied_at ? t('work.waits_for_callback') : row.due <= serverNow() ? t('work.late') : t('work.still_open');
  const late = row.done_at ? row.done_at >= row.due : row.due <= serverNow();
  return h(
    'a',
    { href: `/work/${row.id}`, class: late ? 'late' : 'calm', data: { ticket: row.id } },
    h('span', { class: 'line' }, head(row, h('span', { class: `left end ${late ? 'late' : 'calm'}`, text: end }))),
    h('span', { class: 'what', text: [row.place, row.what].filter(Boolean).join('　') }),
    h('small', { class: 'line muted' }, h('span', { class: 'num', text: row.id }), h('span', { text: t(`ticket_state.${row.state}`) }), h('span', { class: 'end num', text: row.replied_at ? t('work.replied_on', { time: dayTime(row.replied_at) }) : t('work.due', { day: row.due_day.slice(5) }) })),
  );
}

store.watch((state) => [state.board, state.list, state.lang, state.minute], (state) => {
  fill(byId('figures'), figures(state));
  fill(byId('verdict'), verdict(state));
  fill(byId('chips'), chips(state));
  fill(byId('rows'), rows(state));
  setText(byId('more'), state.board?.more ? t('work.more', { count: state.board.more }) : '');
});
const link = createLink({
  snapshot: path,
  onLink: (state) => store.set({ link: state }),
  onSnapshot: (board) => store.set({ board }),
  onEvent: () => link.refetch(),
  onHealth: () => {},
});
setInterval(() => store.set({ minute: store.get().minute + 1 }), 30_000);
