// The figures: what waits for a decision, what is late, what is next; each is the button of its list.

import { byId, fill, h } from '../dom.js';
import { t } from '../i18n.js';

const GROUPS = [
  ['decide', ['arbitration', 'extensions', 'dissatisfied', 'unassigned']],
  ['late', ['overdue', 'unsigned', 'parts_late', 'noticed', 'criticised']],
  ['next', ['due_today', 'callbacks', 'returned']],
];

export function showFigures(store, choose) {
  store.watch(
    (state) => [state.board, state.what, state.lang],
    ({ board, what }) => {
      const counts = new Map((board?.figures ?? []).map((figure) => [figure.what, figure.count]));
      fill(byId('figures'), GROUPS.map(([group, names]) => section(group, names, counts, what, choose)), papers(board, what, choose));
    },
  );
}

function section(group, names, counts, what, choose) {
  return h(
    'section',
    { class: `figure-group ${group}` },
    h('h2', {}, h('i', { class: 'mark' }), t(`figure_group.${group}`)),
    names.map((name) => button(name, counts.get(name), what, choose)),
  );
}

function button(name, count, what, choose) {
  return h(
    'button',
    {
      type: 'button',
      class: `figure-button${count ? ' some' : ''}`,
      title: t(`figure_note.${name}`),
      data: { figure: name },
      'aria-pressed': String(what === name),
      on: { click: () => choose(name) },
    },
    h('span', { text: t(`figure.${name}`) }),
    h('b', { class: 'num', text: count ?? '–' }),
  );
}

function papers(board, what, choose) {
  return h(
    'section',
    { class: 'figure-group papers' },
    ['register', 'meetings'].map((name) =>
      h('button', { type: 'button', class: 'figure-button', data: { figure: name }, 'aria-pressed': String(what === name), on: { click: () => choose(name) } }, h('span', { text: t(`figure.${name}`) })),
    ),
    button('mails', board?.mails, what, choose),
  );
}
