// The sheet of keys on `?`.

import { byId, fill, h } from '../dom.js';
import { t } from '../i18n.js';

const KEYS = [
  ['A / Enter', 'keys.answer'],
  ['M', 'keys.mute'],
  ['H', 'keys.hold'],
  ['Backspace ×2', 'keys.hang_up'],
  ['1 – 4', 'keys.kind'],
  ['Alt+1 – 3', 'keys.suggestion'],
  ['Alt+4, 5', 'keys.offer'],
  ['Ctrl+Enter', 'keys.accept'],
  ['Ctrl+Shift+Enter', 'keys.answered'],
  ['?', 'keys.sheet'],
];

export function createSheet() {
  const sheet = byId('cheat-sheet');
  function open() {
    fill(byId('keys'), KEYS.flatMap(([key, text]) => [h('dt', {}, h('kbd', { text: key })), h('dd', { text: t(text) })]));
    if (!sheet.open) sheet.showModal();
  }
  byId('help').addEventListener('click', open);
  return { open };
}
