// A text field with a list below it: type Chinese or the first letters of its pinyin, arrows and Enter choose.

import { fill, h } from '../dom.js';

const MOST = 8;
let count = 0;

/**
 * Follows the ARIA combobox pattern. `options()` gives [{value, text, hint, find: [strings]}];
 * `onChoose(value)` is called for a choice; with `free`, `onText(text)` for anything written.
 */
export function attachCombobox(input, { options, onChoose, onText = null }) {
  const list = h('ul', { class: 'choices', role: 'listbox', id: `choices-${++count}`, hidden: true });
  input.after(list);
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-controls', list.id);
  input.setAttribute('aria-expanded', 'false');
  input.autocomplete = 'off';
  let shown = [];
  let active = -1;

  function matches(text) {
    const wanted = text.trim().toLowerCase();
    const all = options();
    if (!wanted) return onText ? [] : all.slice(0, MOST); // a free text begins without advice
    const starts = [];
    const contains = [];
    // Two Latin letters stand somewhere inside almost every name.
    const anywhere = wanted.length > 2 || !/^[\x00-\x7f]*$/.test(wanted);
    for (const option of all) {
      if (option.find.some((word) => word.startsWith(wanted))) starts.push(option);
      else if (anywhere && option.find.some((word) => word.includes(wanted))) contains.push(option);
    }
    return [...starts, ...contains].slice(0, MOST);
  }

  function show(text) {
    shown = matches(text);
    active = shown.length && !onText ? 0 : -1;
    fill(
      list,
      shown.map((option, index) =>
        h(
          'li',
          { role: 'option', id: `${list.id}-${index}`, on: { mousedown: (event) => pick(event, option) } },
          h('span', { text: option.text }),
          option.hint ? h('small', { text: option.hint }) : null,
        ),
      ),
    );
    list.hidden = shown.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    mark();
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute('aria-selected', String(index === active)));
    if (active >= 0) {
      input.setAttribute('aria-activedescendant', `${list.id}-${active}`);
      list.children[active].scrollIntoView({ block: 'nearest' });
    } else input.removeAttribute('aria-activedescendant');
  }

  function hide() {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function pick(event, option) {
    event.preventDefault(); // the field keeps the focus
    hide();
    onChoose(option.value);
  }

  input.addEventListener('focus', () => {
    input.select();
    if (!onText) show('');
  });
  input.addEventListener('input', (event) => {
    if (event.isComposing) return;
    onText?.(input.value);
    show(input.value);
  });
  input.addEventListener('compositionend', () => {
    onText?.(input.value);
    show(input.value);
  });
  input.addEventListener('blur', hide);
  input.addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) return show(input.value);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      active = (active + step + shown.length) % shown.length;
      mark();
    } else if (event.key === 'Enter' && !list.hidden && active >= 0) {
      event.preventDefault();
      pick(event, shown[active]);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.stopPropagation();
      hide();
    }
    return undefined;
  });
}
