// What the panel of one citizen says: a reply to tell, a new date to tell, or a missed caller.

import { byId } from '../dom.js';
import { label, t } from '../i18n.js';
import { dayTime } from '../time.js';

export const titleOf = ({ kind, id }) => t({ ticket: 'callback.title', new_date: 'callback.title_new_date', missed: 'callback.title_missed' }[kind], { id });

export function factsOf(item, ticket) {
  const topic = ['callback.topic', [label(item.topic_name), item.place].filter(Boolean).join(' · ')];
  if (item.kind === 'missed') return [['callback.arrived', dayTime(item.arrived_at)]];
  if (item.kind === 'new_date') {
    return [
      topic,
      ['callback.unit', item.unit],
      ['callback.before', item.before_day],
      ['callback.after', item.due_day],
      ['callback.why', item.why],
      ['callback.since', dayTime(item.since)],
    ];
  }
  return [
    topic,
    ['callback.what', ticket?.what ?? item.what],
    ['callback.unit', item.unit],
    ['callback.reply', ticket?.reply ?? item.reply],
    ['callback.due_label', dayTime(item.callback_due)],
  ];
}

/** The heading of the form and its buttons; `writes`: a ticket is written for the missed caller. */
export function wordsOf({ kind, tries }, writes) {
  const missed = t(kind === 'ticket' && tries >= 3 ? 'callback.give_up' : 'callback.not_reached');
  if (kind === 'ticket') return { said: t('callback.said'), save: t('callback.save'), missed };
  if (kind === 'new_date') return { said: t('callback.how_told'), save: t('callback.told'), missed };
  return { said: t('callback.outcome'), save: t(writes ? 'callback.reached_only' : 'callback.reached'), missed };
}

/** Who was spoken to was told by telephone, unless the seat says otherwise. */
export function showWays(isNewDate, dial) {
  const form = byId('callback-form');
  byId('callback-ways').hidden = !isNewDate;
  if (isNewDate && dial?.answered_at && !form.elements.how.value) form.elements.how.value = 'phone';
}
