// One matter as a unit reads it: what it is, by when, who assists, and what has happened.

import { h } from '../dom.js';
import { knows, label, t } from '../i18n.js';
import { dayTime, lastDay, serverNow } from '../time.js';
import { left } from './left.js';
import { openPart } from './verbs.js';

const OPEN = new Set(['accepted', 'handed_over', 'signed', 'in_hand', 'returned', 'merged']);
const SAYS = ['text', 'reason', 'decision', 'words', 'record'];

export function showMatter(matter) {
  const part = openPart(matter);
  const due = part?.due_at ?? matter.due_at;
  const time = left(part?.asked_at ?? matter.handed_over_at ?? matter.accepted_at, due, serverNow());
  const day = (part?.due_day ?? matter.due_day).slice(5);
  return [
    h(
      'header',
      { class: `matter-head ${time.level}` },
      h('span', { class: 'line' }, h('h1', { text: label(matter.topic) }), h('span', { class: 'tag', text: t(`kind.${matter.kind}`) }), h('span', { class: 'tag', text: t(`ticket_state.${matter.state}`) })),
      OPEN.has(matter.state)
        ? [
            h('span', { class: 'line' }, h('span', { class: `left ${time.level}`, text: time.text }), h('span', { class: 'end num', text: t(matter.due_provisional ? 'work.due_provisional' : 'work.due', { day }) })),
            h('progress', { max: '100', value: String(time.share), 'aria-label': time.text }),
            matter.state === 'handed_over' && !part ? h('span', { class: matter.sign_due <= serverNow() ? 'left late' : 'muted', text: t('work.sign_by', { day: lastDay(matter.sign_due) }) }) : null,
          ]
        : null,
    ),
    h('p', { class: 'matter-what', text: matter.what }),
    h('dl', { class: 'facts' }, facts(matter).map(([key, value]) => [h('dt', { text: t(key) }), h('dd', { class: key === 'matter.number' ? 'num' : null, text: value })])),
  ];
}

function facts(matter) {
  const citizen = matter.confidential ? t('matter.confidential') : matter.citizen_name;
  const parts = matter.parts.map((part) => `${part.unit_name}　${part.answered_at ? t('matter.answered', { time: dayTime(part.answered_at) }) : t('matter.due_by', { day: part.due_day.slice(5) })}`);
  return [
    ['matter.id', matter.id],
    ['matter.place', matter.place],
    ['matter.citizen', citizen],
    ['matter.number', matter.share_number && matter.number ? t('matter.number_allowed', { number: matter.number }) : matter.number],
    ['matter.accepted', dayTime(matter.accepted_at)],
    ['matter.lead', matter.unit_name],
    ['matter.parts', parts.join('\n')],
    ['matter.again_of', matter.again_of],
    ['matter.extension', OPEN.has(matter.state) ? extension(matter) : ''],
    ['matter.reply', matter.reply],
  ].filter(([, value]) => value);
}

/** What became of the last request, and why. */
function extension({ asked_extension: asked, log }) {
  if (asked) return t('matter.extension_waits', { days: asked });
  const decided = log.findLast(({ action }) => action === 'grant_extension' || action === 'refuse_extension');
  if (!decided) return '';
  const { days, reason } = decided.detail;
  const words = t(decided.action === 'grant_extension' ? 'matter.extension_granted' : 'matter.extension_refused', { days });
  return reason ? t('matter.extension_because', { words, reason }) : words;
}

/** The log, the newest first. */
export const showLog = (matter) => [...matter.log].reverse().map(entry);

/** What was sent to the unit, to be read and printed. */
const paper = ({ notice, number }) => h('a', { class: 'num', href: `/deadlines/notices/${notice}.pdf`, target: '_blank', text: number });

const PART_ACTS = new Set(['remind_part', 'part_overdue']);

function entry({ at, name, action, detail }) {
  const deed = knows(`deed.${action}`) ? t(`deed.${action}`) : action;
  const files = Object.keys(detail).filter((each) => /^file\d+$/.test(each)).map((each) => detail[each].replace(/ \w{64}$/, ''));
  const said = files.join(t('list.comma')) || SAYS.map((each) => detail[each]).find(Boolean);
  const act = knows(`time_act.${detail.act}`) ? t(`time_act.${detail.act}`) : ''; // which of the clock's reminders
  const whose = act && PART_ACTS.has(detail.act) ? (detail.unit_name ?? '') : '';
  const days = detail.days ? t('matter.days', { days: detail.days }) : detail.from && detail.to ? `${detail.from.slice(5)} → ${detail.to.slice(5)}` : '';
  return h(
    'li',
    {},
    h('span', { class: 'line' }, h('b', { text: deed }), h('span', { text: act ? [act, whose].filter(Boolean).join('　') : [detail.unit_name ?? '', days].filter(Boolean).join('　') }), detail.notice ? paper(detail) : null, h('small', { class: 'end muted num', text: `${name}　${dayTime(at)}` })),
    said ? h('p', { text: said }) : null,
  );
}
