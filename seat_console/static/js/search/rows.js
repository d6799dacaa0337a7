// One found ticket as a row; what a citizen said goes in as text.

import { h } from '../dom.js';
import { t } from '../i18n.js';
import { dayTime, lastDay, serverNow } from '../time.js';

const seconds = (iso) => Date.parse(iso) / 1000;

/** Later than a year ago only month and day are said; before that the year counts. */
function accepted(iso) {
  const at = seconds(iso);
  return serverNow() - at < 300 * 86400 ? dayTime(at) : iso.slice(0, 10);
}

function due(ticket) {
  if (!ticket.due_at) return h('td', { text: '–' });
  const at = seconds(ticket.due_at);
  const late = ticket.state !== 'closed' && at <= serverNow();
  const day = serverNow() - at < 300 * 86400 ? lastDay(at) : ticket.due_at.slice(0, 10);
  const word = late ? ` ${t('search.late')}` : ticket.due_provisional ? ` ${t('search.provisional')}` : '';
  return h('td', { class: late ? 'num late' : 'num', text: `${day}${word}` });
}

export function row(ticket) {
  return h(
    'tr',
    { data: { ticket: ticket.id } },
    h('td', { class: 'num' }, h('a', { href: `/tickets/${ticket.id}`, text: ticket.id })),
    h('td', {}, h('span', { class: ticket.state === 'closed' ? 'tag' : 'tag good', text: t(`ticket_state.${ticket.state}`) })),
    h('td', { text: t(`kind.${ticket.kind}`) }),
    h('td', { text: ticket.topic_name, title: ticket.topic_name }),
    h('td', { class: 'what', title: ticket.what }, h('span', { text: ticket.what })),
    h('td', { text: ticket.place || '–', title: ticket.place }),
    h('td', { text: ticket.unit_name || '–', title: ticket.unit_name }),
    h('td', { class: 'num', text: ticket.number ?? '–' }),
    h('td', { class: 'num', text: accepted(ticket.accepted_at) }),
    due(ticket),
  );
}
