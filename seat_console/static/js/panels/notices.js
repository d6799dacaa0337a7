// What is wrong now and what to do about it, and short messages; the worst first, two lines at most.

import { byId, fill, h } from '../dom.js';
import { t } from '../i18n.js';

const MOST = 2;
const SHORT_MS = 6000;

/** What lasts, worst first, each {key, level, values, action}. */
function lasting(state) {
  const found = [];
  const add = (key, level, action = null, values = {}) => found.push({ key, level, action, values });
  if (state.link === 'signed_out') add('signed_out', 'bad', { key: 'action.login', href: '/login' });
  else if (state.link === 'down') add('down', 'bad');
  else if (state.link === 'syncing' || state.link === 'connecting') add('syncing', 'warn');
  if (state.mic) add(`mic_${state.mic}`, 'bad', { key: 'action.retry', run: state.retryMicrophone });
  if (state.line === 'away') add('phone_away', 'bad');
  if (state.line === 'refused') add('phone_refused', 'bad');
  for (const part of state.partsDown || []) add('part_down', 'warn', null, { part: t(`part.${part}`) });
  return found;
}

export function showNotices(store) {
  const box = byId('notices');
  store.watch(
    (state) => [state.link, state.mic, state.line, state.partsDown, state.said, state.lang],
    (state) => {
      const said = state.said ? [{ ...state.said, text: state.said.text }] : [];
      const all = [...said, ...lasting(state)].slice(0, MOST);
      fill(box, all.map((notice) => line(notice)));
    },
  );
}

function line({ key, text, level, action, values }) {
  return h(
    'p',
    { class: `notice ${level}`, data: key ? { notice: key } : {} },
    h('span', { text: text ?? t(`notice.${key}`, values) }),
    action?.href ? h('a', { href: action.href, target: '_blank', text: t(action.key) }) : null,
    action?.run ? h('button', { type: 'button', on: { click: action.run }, text: t(action.key) }) : null,
  );
}

let hiding = null;

/** Say something once; it goes by itself. */
export function say(store, text, level = 'good') {
  clearTimeout(hiding);
  store.set({ said: { text, level } });
  hiding = setTimeout(() => store.set({ said: null }), SHORT_MS);
}
