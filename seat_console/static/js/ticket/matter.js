// What the matter is, and what came of it: the words of the citizen, the units' answers, and his own verdict.

import { h } from '../dom.js';
import { label, t } from '../i18n.js';
import { dayTime, serverNow } from '../time.js';

export function head({ ticket, topics }) {
  const late = ticket.state !== 'closed' && ticket.due_at <= serverNow();
  return [
    h('h1', {}, h('span', { class: 'num', text: ticket.id }), ' ', h('span', { text: label(topics[ticket.topic] ?? ticket.topic) })),
    h('span', { class: 'tag', text: t(`kind.${ticket.kind}`) }),
    ticket.confidential ? h('span', { class: 'tag warn', text: t('matter.confidential') }) : null,
    ticket.share_number ? h('span', { class: 'tag', text: t('ticket.share_number') }) : null,
    ticket.round > 1 ? h('span', { class: 'tag warn', text: t('work.again', { round: ticket.round }) }) : null,
    ticket.forced ? h('span', { class: 'tag', text: t('course.forced') }) : null,
    ticket.asked_extension ? h('span', { class: 'tag warn', text: t('tickets.asks', { days: ticket.asked_extension }) }) : null,
    late ? h('span', { class: 'tag bad', text: t('tickets.due_overdue') }) : null,
  ];
}

export function matter({ ticket, number }, showNumber) {
  const links = [['again_of', ticket.again_of], ['again_as', ticket.again_as], ['leader', ticket.leader]].filter(([, id]) => id);
  return [
    h('h2', { text: t('course.matter') }),
    h('p', { class: 'what', text: ticket.what || '–' }),
    h('dl', { class: 'facts' },
      fact('matter.place', ticket.place || '–'),
      fact('matter.lead', ticket.unit_name || t('course.no_unit')),
      fact('matter.citizen', citizen(ticket)),
      fact('matter.number', ticket.number ? [h('span', { class: 'num', text: number ?? ticket.number }), ' ', ticket.may_reveal && !number ? h('button', { type: 'button', class: 'quiet small', on: { click: showNumber }, text: t('course.show_number') }) : null] : t('course.no_number')),
      links.map(([key, id]) => fact(`course.${key}`, ticketLink(id))),
      ticket.followers.length ? fact('course.followers', ticket.followers.map((id) => [ticketLink(id), ' '])) : null,
    ),
    ticket.parts.length ? parts(ticket.parts) : null,
  ];
}

/** Nothing when there is nothing to say yet. */
export function outcome({ ticket }) {
  if (!ticket.reply && !ticket.tried.length) return [];
  return [
    h('h2', { text: t('course.outcome') }),
    ticket.reply ? h('p', { class: 'what', text: ticket.reply }) : null,
    h('dl', { class: 'facts' },
      ticket.replied_at ? fact('course.replied_at', h('span', { class: 'num', text: dayTime(ticket.replied_at) })) : null,
      ticket.tried.length ? fact('course.tried', h('span', { class: 'num', text: ticket.tried.map(dayTime).join('、') })) : null,
      ticket.answers ? verdict(ticket.answers) : null,
      ticket.interview ? fact('deed.interview', ticket.interview) : null,
    ),
  ];
}

function verdict({ responded, solved, satisfaction, words }) {
  const yes = (value) => t(value ? 'course.yes' : 'course.no');
  return [
    fact('detail.satisfaction', h('b', { class: `verdict ${satisfaction}`, text: t(`satisfaction.${satisfaction}`) })),
    fact('detail.responded', yes(responded)),
    fact('detail.solved', yes(solved)),
    words ? fact('detail.words', `“${words}”`) : null,
  ];
}

function parts(all) {
  return h('table', { class: 'parts-table' }, h('caption', { text: t('matter.parts') }), h('tbody', {}, all.map((part) => h(
    'tr', {},
    h('td', { text: part.unit_name }),
    h('td', { class: 'num', text: t('course.until', { day: part.due_day }) }),
    h('td', { text: part.answered_at ? t('matter.answered', { time: dayTime(part.answered_at) }) : t('course.part_open') }),
  ))));
}

function citizen(ticket) {
  if (ticket.citizen_name === null) return t('course.hidden_name');
  return ticket.citizen_name || t('course.no_name');
}

const ticketLink = (id) => h('a', { class: 'num', href: `/tickets/${id}`, text: id });
const fact = (key, ...value) => [h('dt', { text: t(key) }), h('dd', {}, ...value)];
