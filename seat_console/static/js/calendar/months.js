// Twelve months of days: each has colour, shape and word of what it is; arrow keys walk through the days.

import { fill, h } from '../dom.js';
import { currentLanguage, t } from '../i18n.js';

const DAY_MS = 86_400_000;
const utc = (text) => new Date(`${text}T00:00:00Z`);
const text = (at) => at.toISOString().slice(0, 10);

/** `周三`, of a day as `2026-02-14`. */
export const weekday = (day) => t(`weekday.${'abcdefg'[(utc(day).getUTCDay() + 6) % 7]}`);

const monthName = (at) => at.toLocaleDateString(currentLanguage() === 'en' ? 'en-GB' : 'zh-CN', { month: 'short', timeZone: 'UTC' });

export function drawYear(box, { table, pending, preview, chosen }) {
  if (!table) return fill(box, h('p', { class: 'empty', text: t('loading') }));
  const named = new Map(table.days.map((each) => [each.day, each]));
  const coming = new Map(pending.map((each) => [each.day, each]));
  for (const each of preview?.days ?? []) coming.set(each.day, each.to ?? { off: null, name: '' });
  const months = Array.from({ length: 12 }, (_, month) => drawMonth(table, month, { named, coming, chosen }));
  fill(box, months);
  const first = box.querySelector('[aria-pressed=true]') ?? box.querySelector('.today') ?? box.querySelector('[data-day]');
  first.tabIndex = 0;
}

function drawMonth(table, month, marks) {
  const first = new Date(Date.UTC(table.year, month, 1));
  const days = new Date(Date.UTC(table.year, month + 1, 0)).getUTCDate();
  const before = (first.getUTCDay() + 6) % 7;
  const cells = Array.from({ length: days }, (_, index) => drawDay(text(new Date(first.getTime() + index * DAY_MS)), table, marks));
  return h(
    'section',
    { class: 'month', 'aria-label': monthName(first) },
    h('h2', { text: monthName(first) }),
    h('div', { class: 'week-head', 'aria-hidden': 'true' }, [...'abcdefg'].map((each) => h('span', { text: t(`weekday_short.${each}`) }))),
    h('div', { class: 'days' }, Array.from({ length: before }, () => h('span')), cells),
  );
}

/** What a day is: off, worked, weekend or worked-usual. */
export function kindOf(day, special) {
  if (special && special.off !== null) return special.off ? 'off' : 'worked';
  return (utc(day).getUTCDay() + 6) % 7 >= 5 ? 'weekend' : 'worked-usual';
}

function drawDay(day, table, { named, coming, chosen }) {
  const special = coming.get(day) ?? named.get(day);
  const kind = kindOf(day, special);
  const changed = coming.has(day);
  const word = { off: t('calendar.off'), worked: t('calendar.worked'), weekend: t('calendar.usual_off'), 'worked-usual': t('calendar.usual_worked') }[kind];
  const classes = ['day', 'num', kind, changed ? 'changed' : '', day === table.today ? 'today' : ''];
  const says = [day, weekday(day), word, special?.name ?? '', changed ? t('calendar.changes') : ''].filter(Boolean).join(' ');
  return h(
    'button',
    { type: 'button', class: classes.join(' ').trim(), tabindex: '-1', 'aria-pressed': String(day === chosen), 'aria-label': says, title: says, data: { day } },
    String(Number(day.slice(8))),
    kind === 'off' || kind === 'worked' ? h('i', { text: t(`calendar.${kind}_mark`) }) : null,
  );
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** Walk through the days with the arrow keys. */
export function moveFocus(event) {
  const day = event.target.closest('[data-day]')?.dataset.day;
  const step = STEPS[event.key];
  if (!day || !step) return;
  event.preventDefault();
  document.querySelector(`[data-day="${text(new Date(utc(day).getTime() + step * DAY_MS))}"]`)?.focus();
}
