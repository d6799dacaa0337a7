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

/** Each row's name narrows the lists to it: `choose(filter, name)`. */
export function showTables({ by_topic: topics, by_week: weeks, by_version: versions, topics: names }, filters, choose) {
  const rows = (filter, found, text) =>
    found.map((row) => {
      const chosen = row.name === filters[filter];
      const button = h('button', { type: 'button', class: 'quiet row-name', 'aria-pressed': String(chosen), text: text(row), on: { click: () => choose(filter, row.name) } });
      return filter === 'version' ? version(row, button, chosen) : shares(button, row, chosen);
    });
  fill(byId('by-topic'), rows('topic', topics, (row) => label(names[row.name]) || row.name));
  fill(byId('by-week'), rows('week', weeks, (row) => row.name));
  fill(byId('by-version'), rows('version', versions, (row) => versionName(row.name)));
}

export const versionName = (number) => (number === '0' ? t('accuracy.rules_only') : t('accuracy.number', { number }));

function shares(name, { count, first, first_three: three }, chosen) {
  return h(
    'tr',
    { class: chosen ? 'chosen' : null },
    h('td', {}, name),
    h('td', { class: 'num', text: String(count) }),
    h('td', {}, h('span', { class: 'share-cell' }, h('span', { class: 'num', text: percent(first, count) }), h('meter', { min: 0, max: 1, value: count ? first / count : 0, 'aria-hidden': 'true' }))),
    h('td', { class: 'num', text: percent(three, count) }),
  );
}

function version(row, button, chosen) {
  const name = h(
    'span',
    {},
    row.calls ? button : versionName(row.name),
    row.in_force ? h('span', { class: 'tag good', text: t('accuracy.in_force') }) : null,
    row.marks ? h('small', { class: 'muted block', text: marks(row) }) : null,
  );
  return row.calls ? shares(name, row.calls, chosen) : h('tr', {}, h('td', {}, name), h('td', { class: 'muted', colspan: 3, text: t('accuracy.no_calls_yet') }));
}

function marks({ lessons, by_examples: byExamples, marks: { count, first } }) {
  if (!count) return t('accuracy.learned_from', { lessons });
  return t(byExamples ? 'accuracy.examples_held_back' : 'accuracy.held_back', { lessons, count, share: percent(first, 1) });
}
