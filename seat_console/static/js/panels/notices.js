// What is wrong now and what to do about it, the worst first; and short messages in the bar, where nothing moves.

import { byId, fill, h, setText } from '../dom.js';
import { knows, t } from '../i18n.js';
import { isBlocked } from '../seatstate.js';

const MOST = 2;
const SHORT_MS = 6000;

/** What lasts, worst first, each {key, level, values, action}. */
function lasting(state) {
  const found = [];
  const add = (key, level, action = null, values = {}) => found.push({ key, level, action, values });
  if (state.link === 'signed_out') add('signed_out', 'bad', { key: 'action.login', href: '/login' });
  else if (isBlocked(state)) add('seat_elsewhere', 'warn');
  else if (state.link === 'down') add('down', 'bad');
  else if (state.link === 'syncing' || state.link === 'connecting') add('syncing', 'warn');
  if (state.mic) add(`mic_${state.mic}`, 'bad', { key: 'action.retry', run: state.retryMicrophone });
  if (state.line === 'away') add('phone_away', 'bad');
  if (state.line === 'refused') add('phone_refused', 'bad');
  const down = (state.partsDown ?? []).map((part) => t(`part.${part}`));
  if (down.length) add('part_down', 'warn', null, { part: down.join(t('list.comma')) });
  return found;
}

export function showNotices(store) {
  const box = byId('notices');
  store.watch(
    (state) => [state.link, state.mic, state.line, state.partsDown, state.lang],
    (state) => fill(box, lasting(state).slice(0, MOST).map(line)),
  );
  const toast = byId('toast');
  store.watch((state) => [state.said], ({ said }) => {
    toast.className = said?.level ?? '';
    toast.title = said?.text ?? '';
    setText(toast, said?.text ?? '');
  });
}

function line({ key, level, action, values }) {
  return h(
    'p',
    { class: `notice ${level}`, data: { notice: key } },
    h('span', { text: t(`notice.${key}`, values) }),
    action?.href ? h('a', { href: action.href, target: '_blank', text: t(action.key) }) : null,
    action?.run ? h('button', { type: 'button', on: { click: action.run }, text: t(action.key) }) : null,
  );
}

/** What to say of a refused command: our own words for the reason, else the switch's sentence; its id comes first. */
export function refusal(note) {
  const [, reason, sentence] = /^[^:]*: (\w*): (.*)$/s.exec(note) ?? [];
  const key = [`refused.${reason}`, `error.${reason}`].find(knows);
  return t('command.refused', { note: key ? t(key) : (sentence ?? note) });
}

let hiding = null;

/** Say something once; it goes by itself. */
export function say(store, text, level = 'good') {
  clearTimeout(hiding);
  store.set({ said: { text, level } });
  hiding = setTimeout(() => store.set({ said: null }), SHORT_MS);
}
