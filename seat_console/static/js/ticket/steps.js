// The course as a line of states: which are behind, where it is now, and what is still to come.

import { h } from '../dom.js';
import { t } from '../i18n.js';
import { dayTime } from '../time.js';

const WAY = ['accepted', 'handed_over', 'signed', 'in_hand', 'replied', 'called_back', 'closed'];
// States beside the way stand where the ticket left it.
const BESIDE = { returned: 'handed_over', merged: 'in_hand' };

export function steps(ticket) {
  const here = BESIDE[ticket.state] ?? ticket.state;
  const now = WAY.indexOf(here);
  const reached = arrivals(ticket);
  return WAY.map((state, index) => {
    const isNow = index === now;
    const at = index <= now ? reached[isNow ? ticket.state : state] : null;
    const kind = index < now || ticket.state === 'closed' ? (at || index === 0 ? 'done' : 'skipped') : isNow ? 'now' : 'to-come';
    return h(
      'li',
      { class: `step ${kind}`, 'aria-current': isNow ? 'step' : null },
      h('b', { text: t(`ticket_state.${isNow ? ticket.state : state}`) }),
      h('time', { class: 'num', text: at ? dayTime(at) : kind === 'skipped' ? t('course.skipped') : '\u00a0' }),
    );
  });
}

/** When each state was reached last. */
function arrivals(ticket) {
  const found = { accepted: ticket.accepted_at };
  for (const { origin, target, at } of ticket.log) if (origin !== target) found[target] = at;
  return found;
}
