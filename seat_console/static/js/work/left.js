// How much time is left of a matter, as a share for its bar, as words, and as a level that is colour and word.

import { t } from '../i18n.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** `share` of the time left, 0–100; `level` late, soon (a day or less, or a fifth of the time) or calm. */
export function left(begun, due, now) {
  const rest = due - now;
  const share = Math.max(0, Math.min(100, Math.round((100 * rest) / Math.max(1, due - begun))));
  if (rest <= 0) return { share: 0, level: 'late', text: t('left.over', { time: span(-rest) }) };
  return { share, level: rest <= DAY || share <= 20 ? 'soon' : 'calm', text: t('left.left', { time: span(rest) }) };
}

function span(seconds) {
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / HOUR);
  if (days >= 3 || (days && !hours)) return t('left.days', { days });
  if (days) return t('left.days_hours', { days, hours });
  if (hours) return t('left.hours', { hours });
  return t('left.minutes', { minutes: Math.max(1, Math.floor(seconds / 60)) });
}
