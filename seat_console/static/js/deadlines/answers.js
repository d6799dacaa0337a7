// What citizens said at the month's callbacks: shares of all and by unit, each opening the tickets it counts.

import { byId, fill, h } from '../dom.js';
import { t } from '../i18n.js';
import { percent } from './share.js';

const SHARES = ['responded', 'solved', 'satisfied'];

export function showAnswers(store, choose) {
  store.watch(
    (state) => [state.board, state.what, state.unit, state.lang],
    ({ board, what, unit }) => {
      if (!board) return;
      const { total, units } = board.answers;
      const all = { ...total, unit: null, unit_name: t('deadlines.all_units') };
      fill(byId('answers'), [all, ...units].map((row) => line(row, what, unit, choose)));
    },
  );
}

function line(row, what, unit, choose) {
  const pressed = (name) => String(what === name && unit === row.unit);
  const number = (name, text) =>
    h('td', {}, h('button', { type: 'button', class: 'number num', 'aria-pressed': pressed(name), title: t(`figure.${name}`), data: { figure: name }, on: { click: () => choose(name, row.unit) }, text }));
  return h(
    'tr',
    { class: row.unit === null ? 'all' : null },
    h('td', { title: row.unit_name, text: row.unit_name || t('deadlines.no_unit') }),
    number('said_valid', row.valid),
    SHARES.map((name) => number(`said_${name}`, percent(row[`${name}_share`]))),
  );
}
