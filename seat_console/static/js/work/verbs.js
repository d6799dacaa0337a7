// The verbs at the thumb: which may be used now, why another may not, and what each has to be told.

import { h } from '../dom.js';
import { t } from '../i18n.js';
import { lastDay, serverNow } from '../time.js';

const LEAD = [
  ['sign', 'sign'],
  ['reply', 'reply'],
  ['return', 'return'],
  ['extend', 'ask_extension'],
  ['ask', 'ask_unit'],
];
const OPEN = new Set(['handed_over', 'signed', 'in_hand']);
/** These cannot be taken back once they are done, so they wait a moment. */
export const FINAL = new Set(['reply', 'return', 'answer_part']);
export const WITH_FILES = new Set(['reply', 'answer_part']);

const midnight = (at) => t('matter.midnight', { day: lastDay(at) });

/** Why a verb cannot be used although the state would allow it; empty when it can. */
function refused(action, matter) {
  if (!matter.can.includes(action)) return t(action === 'sign' ? 'verb.signed_already' : matter.state === 'handed_over' ? 'verb.sign_first' : 'verb.not_now');
  if (action === 'return' && matter.forced) return t('refused.forced');
  if (action === 'return' && serverNow() >= matter.return_due) return t('refused.return_late');
  if (action === 'ask_extension' && matter.asked_extension) return t('refused.extension_waits');
  if (action === 'ask_extension' && serverNow() >= matter.due_at) return t('refused.extension_late');
  if (action === 'ask_extension' && !matter.extension_left) return t('refused.extension_long');
  return '';
}

/** The buttons for a matter: five for who leads it, one for who assists. */
export function verbButtons(matter, run) {
  const part = matter.unit !== matter.me;
  const wanted = part ? [['answer', 'answer_part']] : LEAD;
  if (part ? !matter.can.includes('answer_part') || openPart(matter) === undefined : !OPEN.has(matter.state)) return [];
  const first = part ? 'answer_part' : matter.state === 'handed_over' ? 'sign' : 'reply';
  return wanted.map(([verb, action]) => {
    const why = refused(action, matter);
    return h('button', { type: 'button', class: action === first ? 'primary' : null, disabled: Boolean(why), title: why || null, data: { verb: action }, on: { click: () => run(action) }, text: t(`verb.${verb}`) });
  });
}

export const openPart = (matter) => matter.parts.find((part) => part.unit === matter.me && !part.answered_at);

/** What to know before filling in. */
export function noteFor(action, matter) {
  if (action === 'return') return t('verb.return_note', { until: midnight(matter.return_due) });
  if (action === 'ask_extension') return t('verb.extend_note', { left: matter.extension_left, until: midnight(matter.due_at) });
  if (action === 'ask_unit') return t('verb.ask_note', { until: midnight(matter.due_at) });
  if (action === 'reply' && matter.parts.some((part) => !part.answered_at)) {
    return t('verb.parts_open', { units: matter.parts.filter((part) => !part.answered_at).map((part) => part.unit_name).join(t('list.comma')) });
  }
  return t(`verb.${action}_note`);
}

/** The inputs of an action, named as its arguments. */
export function fieldsFor(action, matter, units) {
  const text = (name, key) => [h('label', { for: `f-${name}`, text: t(key) }), h('textarea', { id: `f-${name}`, name, maxlength: '4000' })];
  const days = (most, value) => [h('label', { for: 'f-days', text: t('verb.days') }), h('input', { id: 'f-days', name: 'days', type: 'number', inputmode: 'numeric', min: '1', max: String(most), value: String(value) })];
  if (action === 'reply') return text('text', 'verb.reply_text');
  if (action === 'answer_part') return text('text', 'verb.answer_text');
  if (action === 'return') return text('reason', 'verb.return_reason');
  if (action === 'ask_extension') return [days(matter.extension_left, Math.min(3, matter.extension_left)), text('reason', 'verb.extend_reason')];
  const taken = new Set(matter.parts.map((part) => part.unit));
  const free = units.filter((unit) => !taken.has(unit.id));
  return [
    h('label', { for: 'f-unit', text: t('verb.unit') }),
    h('select', { id: 'f-unit', name: 'unit' }, h('option', { value: '', text: t('verb.choose_unit') }), free.map((unit) => h('option', { value: unit.id, text: unit.name }))),
    days(30, 2),
  ];
}
