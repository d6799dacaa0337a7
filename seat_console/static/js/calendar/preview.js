// What a change of the calendar would do: its days, and the open deadlines it moves, before it is applied.

import { byId, fill, h, setText } from '../dom.js';
import { t } from '../i18n.js';
import { weekday } from './months.js';

const MOST_DAYS = 60;

export function drawPreview(found) {
  setText(byId('preview-title'), t('calendar.preview_title', { year: found.year }));
  setText(byId('apply'), found.moved ? t('calendar.apply_count', { count: found.moved }) : t('calendar.apply'));
  byId('apply').hidden = found.changes_nothing;
  if (found.changes_nothing) return fill(byId('preview'), h('p', { class: 'notice warn', text: t('calendar.nothing_changes', { year: found.year }) }));
  const published = found.was_provisional && !found.provisional;
  fill(
    byId('preview'),
    published ? h('p', { class: 'notice good', text: t('calendar.becomes_published', { year: found.year }) }) : null,
    h('p', { class: 'sum' }, h('b', { class: 'num', text: String(found.moved) }), t('calendar.moved_of', { open: found.open })),
    found.inner ? h('p', { class: 'muted', text: t('calendar.inner', { count: found.inner }) }) : null,
    found.groups.length ? groupTable(found) : null,
    h('h3', { text: t('calendar.days_change', { count: found.days.length }) }),
    h('ul', { class: 'rows' }, found.days.slice(0, MOST_DAYS).map(dayRow)),
    found.days.length > MOST_DAYS ? h('p', { class: 'muted', text: t('calendar.more', { count: found.days.length - MOST_DAYS }) }) : null,
  );
}

function groupTable({ groups, more_groups: more }) {
  return [
    h(
      'table',
      { class: 'queue-table moves' },
      h('thead', {}, h('tr', {}, ['calendar.from_to', 'calendar.tickets'].map((key) => h('th', { text: t(key) })))),
      h('tbody', {}, groups.map(groupRow)),
    ),
    more ? h('p', { class: 'muted', text: t('calendar.more', { count: more }) }) : null,
  ];
}

function groupRow({ from, to, count, first }) {
  const days = from ? Math.round((Date.parse(to.day) - Date.parse(from.day)) / 86_400_000) : 0;
  const shift = days > 0 ? t('calendar.later_by', { days }) : days < 0 ? t('calendar.earlier_by', { days: -days }) : t('calendar.same_day');
  return h(
    'tr',
    {},
    h(
      'td',
      {},
      h('span', { class: 'num', text: `${from ? deadline(from) : t('calendar.no_deadline')} → ` }),
      h('b', { class: 'num', text: deadline(to) }),
      h('span', { class: days < 0 ? 'shift sooner' : 'shift', text: from ? shift : '' }),
      h('small', { class: 'num' }, first.map((id) => h('span', { text: id })), count > first.length ? '…' : null),
    ),
    h('td', { class: 'num', text: String(count) }),
  );
}

const deadline = ({ day, provisional }) => `${day.slice(5)} ${weekday(day)}${provisional ? t('calendar.provisional_mark') : ''}`;

function dayRow({ day, from, to }) {
  const said = (special) => (special ? `${t(special.off ? 'calendar.off' : 'calendar.worked')} ${special.name}` : t('calendar.usual'));
  return h(
    'li',
    { class: 'change' },
    h('span', { class: 'num', text: `${day} ${weekday(day)}` }),
    h('span', { class: 'muted', text: said(from) }),
    ' → ',
    h('span', { class: to ? (to.off ? 'word off' : 'word worked') : 'word usual', text: said(to) }),
  );
}
