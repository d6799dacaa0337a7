// This page does not have the seat: it is used elsewhere, was taken over, or the account has none.

import { byId, setText } from '../dom.js';
import { t } from '../i18n.js';

export function showBlocked(store, { takeOver }) {
  byId('blocked-action').addEventListener('click', takeOver);
  store.watch(
    (state) => [state.phase, state.link, state.lang],
    ({ phase, link }) => {
      byId('blocked').hidden = phase !== 'blocked';
      byId('idle').hidden = phase !== 'idle';
      byId('callback').hidden = phase !== 'callback';
      byId('desk').hidden = !['ringing', 'talking', 'wrap_up'].includes(phase);
      if (phase !== 'blocked') return;
      setText(byId('blocked-word'), t(`blocked.${link}`));
      setText(byId('blocked-hint'), t(`blocked.${link}_hint`));
      setText(byId('blocked-action'), t('blocked.use_here'));
      byId('blocked-action').hidden = link === 'no_seat';
    },
  );
}
