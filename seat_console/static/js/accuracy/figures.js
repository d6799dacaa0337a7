// The shares: four figures on top, and the tables by topic, week and version, each with its bar.

import { byId, fill, h } from '../dom.js';
import { label, t } from '../i18n.js';

export const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)}%` : '–');

export function showFigures({ all }) {
  const figure = (key, value, note) => h('div', {}, h('dt', { text: t(key) }), h('dd', {}, h('b', { class: 'num', text: value }), h('span', { class: 'muted num', text: note })));
  const { count, first, first_three: three, not_understood: none, promised } = all;
  fill(
    byId('figures'),
    figure('accuracy.first_right', percent(first, count), t('accuracy.of', { part: first, whole: count })),
    figure('accuracy.three_right', percent(three, count), t('accuracy.of', { part: three, whole: count })),
    figure('accuracy.promised', percent(promised, count), t('accuracy.promised_note')),
    figure('accuracy.none', String(none), t('accuracy.none_note', { share: percent(none, count) })),
  );
}

export function showTables({ by_topic: topics, by_week: weeks, by_version: versions, topics: names }, chosen, choose) {
  fill(
    byId('by-topic'),
    topics.map((row) => {
      const name = label(names[row.name]) || row.name;
      const button = h('button', { type: 'button', class: 'quiet row-name', 'aria-pressed': String(row.name === chosen), text: name, on: { click: () => choose(row.name) } });
      return shares(button, row, { 'data-topic': row.name, class: row.name === chosen ? 'chosen' : null });
    }),
  );
  fill(byId('by-week'), weeks.map((row) => shares(h('span', { class: 'num', text: row.name }), row)));
  fill(byId('by-version'), versions.map(version));
}

function shares(name, { count, first, first_three: three }, attributes = {}) {
  return h(
    'tr',
    attributes,
    h('td', {}, name),
    h('td', { class: 'num', text: String(count) }),
    h('td', {}, h('span', { class: 'share-cell' }, h('span', { class: 'num', text: percent(first, count) }), h('meter', { min: 0, max: 1, value: count ? first / count : 0, 'aria-hidden': 'true' }))),
    h('td', { class: 'num', text: percent(three, count) }),
  );
}

function version(row) {
  const name = h(
    'span',
    {},
    row.name === '0' ? t('accuracy.rules_only') : t('accuracy.number', { number: row.name }),
    row.in_force ? h('span', { class: 'tag good', text: t('accuracy.in_force') }) : null,
    row.marks ? h('small', { class: 'muted block', text: marks(row) }) : null,
  );
  return row.calls ? shares(name, row.calls) : h('tr', {}, h('td', {}, name), h('td', { class: 'muted', colspan: 3, text: t('accuracy.no_calls_yet') }));
}

function marks({ lessons, marks: { count, first } }) {
  if (!count) return t('accuracy.learned_from', { lessons });
  return t('accuracy.held_back', { lessons, count, share: percent(first, 1) });
}
