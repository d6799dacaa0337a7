// The on-time share of a month with its formula, and by unit, the lowest first; each number opens its tickets.

import { byId, fill, h, setText } from '../dom.js';
import { t } from '../i18n.js';

export const percent = (share) => (share === null ? '–' : `${(Math.floor(share * 1000) / 10).toFixed(1)}%`);

export function showShare(store, choose) {
  store.watch(
    (state) => [state.board, state.what, state.unit, state.lang],
    ({ board, what, unit }) => {
      if (!board) return;
      setText(byId('month'), board.month);
      const { total } = board;
      fill(
        byId('share'),
        h('b', { class: 'num', text: percent(total.share) }),
        number(total.in_time, 'month_in_time', null, what, unit, choose),
        h('span', { class: 'muted', text: '÷' }),
        number(total.due, 'month_due', null, what, unit, choose),
        h('span', { class: 'muted', text: t('deadlines.extended', { count: total.extended }) }),
      );
      fill(
        byId('units'),
        board.units.length ? board.units.map((row) => line(row, what, unit, choose)) : h('tr', {}, h('td', { colspan: 4, class: 'empty', text: t('deadlines.none_due') })),
      );
    },
  );
}

function line(row, what, unit, choose) {
  const late = row.due - row.in_time;
  return h(
    'tr',
    { class: late ? 'late' : null },
    h('td', { title: row.unit_name, text: row.unit_name || t('deadlines.no_unit') }),
    h('td', {}, number(row.due, 'month_due', row.unit, what, unit, choose)),
    h('td', {}, number(row.in_time, 'month_in_time', row.unit, what, unit, choose)),
    h('td', { class: 'num', text: percent(row.share) }),
  );
}

function number(count, what, unit, shown, shownUnit, choose) {
  const pressed = shown === what && shownUnit === unit;
  return h('button', { type: 'button', class: 'number num', 'aria-pressed': String(pressed), title: t(`figure.${what}`), on: { click: () => choose(what, unit) }, text: count });
}
