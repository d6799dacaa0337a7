// The log: who did what when, in the order it happened; nothing of it was ever changed.

import { h } from '../dom.js';
import { knows, t } from '../i18n.js';
import { dayTime } from '../time.js';

// What is said elsewhere on the line, or means something to machines only.
const SILENT = new Set(['unit', 'notice', 'id', 'confidential', 'share_number', 'answered', 'citizen_name', 'topic', 'place', 'kind']);
const WORDS = new Set(['text', 'reason', 'decision', 'words', 'record', 'why', 'what']);

export const log = ({ ticket, seen }) => ticket.log.map((entry) => line(entry, entry.number > seen));

function line({ number, at, who, name, action, origin, target, detail }, isNew) {
  return h(
    'tr',
    { class: isNew ? 'new' : null },
    h('td', { class: 'num muted', text: number }),
    h('td', { class: 'num', text: dayTime(at) }),
    h('td', { title: who, text: who === 'hotline' ? t('course.system') : name }),
    h('td', {}, h('b', { text: deed(action) }), origin !== target ? h('span', { class: 'muted', text: ` → ${t(`ticket_state.${target}`)}` }) : null),
    h('td', { class: 'said' }, said(action, detail).map((text) => h('span', { text })), detail.notice ? paper(detail) : null),
  );
}

export const deed = (action) => (knows(`deed.${action}`) ? t(`deed.${action}`) : action);

/** The details as people read them, the short ones first. */
function said(action, detail) {
  if (action === 'attach') return Object.values(detail).map((value) => value.replace(/ \w{64}$/, '')); // its hash is for machines
  const short = Object.entries(detail).filter(([key, value]) => value !== '' && !SILENT.has(key) && !WORDS.has(key));
  const long = Object.entries(detail).filter(([key, value]) => value !== '' && WORDS.has(key) && !(key === 'what' && action === 'accept')); // it stands above
  return [
    ...short.filter(([key]) => !(key === 'number' && detail.notice)).map(([key, value]) => (key === 'unit_name' ? value : `${detailName(key)} ${detailValue(value)}`)),
    ...long.map(([key, value]) => (key === 'what' ? `${detailName(key)} ${value}` : value)),
  ];
}

/** A numbered notice opens where it is printed. */
const paper = ({ notice, number }) => h('a', { href: `/deadlines/notices/${notice}.pdf`, target: '_blank', class: 'num', text: number });

const detailName = (key) => (knows(`detail.${key}`) ? t(`detail.${key}`) : key);

function detailValue(value) {
  if (value === 'True' || value === 'False') return t(value === 'True' ? 'course.yes' : 'course.no');
  if (knows(`time_act.${value}`)) return t(`time_act.${value}`);
  if (knows(`way.${value}`)) return t(`way.${value}`);
  return knows(`satisfaction.${value}`) ? t(`satisfaction.${value}`) : value;
}
