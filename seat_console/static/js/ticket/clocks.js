// What is due when: a bar of the time left for each clock that runs, and how the deadline was counted.

import { h } from '../dom.js';
import { t } from '../i18n.js';
import { lastDay, serverNow } from '../time.js';
import { left } from '../work/left.js';

const WEEKDAYS = 'gabcdef'; // Sunday is the last of the week
const AT_THE_UNIT = new Set(['handed_over', 'signed', 'in_hand']);

/** Those that run now, the citizen's first. */
export function clocks(ticket) {
  const found = [];
  const add = (key, begun, due, more = {}) => due && found.push({ key, begun, due, ...more });
  if (ticket.state === 'closed') return h('li', { class: 'muted', text: t('course.no_clock', { day: ticket.due_day }) });
  add('due', ticket.accepted_at, ticket.due_at, { provisional: ticket.due_provisional });
  if (ticket.state === 'handed_over') add('sign_due', ticket.handed_over_at, ticket.sign_due);
  if (AT_THE_UNIT.has(ticket.state) && !ticket.forced && ticket.return_due > serverNow()) add('return_due', ticket.handed_over_at, ticket.return_due);
  if (ticket.state === 'replied') add('callback_due', ticket.replied_at, ticket.callback_due);
  for (const part of ticket.parts) if (!part.answered_at && ticket.state === 'in_hand') add('part_due', part.asked_at, part.due_at, { unit: part.unit_name });
  return found.map(clock);
}

function clock({ key, begun, due, provisional, unit }) {
  const time = left(begun, due, serverNow());
  return h(
    'li',
    { class: `clock ${time.level}` },
    h('span', { text: t(`course.${key}`, { unit: unit ?? '' }) }),
    h('span', { class: 'num', text: t('matter.midnight', { day: lastDay(due) }) }),
    h('progress', { max: '100', value: String(time.share), 'aria-label': time.text }),
    h('span', { class: 'left', text: time.text }),
    provisional ? h('span', { class: 'tag provisional', title: t('course.provisional_note'), text: t('tickets.provisional') }) : null,
  );
}

export const counted = (ticket) => t(ticket.extended ? 'course.counted_extended' : 'course.counted', { days: ticket.working_days, extended: ticket.extended, day: ticket.due_day });

export function days(all) {
  return all.map(({ day, number, name }) => h(
    'li',
    { class: number ? 'works' : 'off' },
    h('span', { class: 'num', text: day.slice(5) }),
    h('span', { text: t(`weekday_short.${WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]}`) }),
    h('span', { class: 'num', text: number ? t('course.day_number', { number }) : t('course.day_off') }),
    h('span', { class: 'muted', text: name ? (number ? t('course.make_up', { name }) : name) : '' }),
  ));
}
