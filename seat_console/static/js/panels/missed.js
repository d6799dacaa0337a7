// A missed caller who has been reached: the form of tickets beside his call, and when nothing is left to do.

import { byId } from '../dom.js';
import { matterOf } from '../seatstate.js';

/** The one form of tickets stands in the desk, or beside a missed caller who has been reached. */
export function placeForm(state) {
  const panel = byId('ticket-form').closest('section');
  const isHere = state.phase === 'callback' && matterOf(state);
  const place = byId(isHere ? 'callback' : 'desk');
  if (panel.parentElement !== place) place.insertBefore(panel, place.querySelector(':scope > .heard'));
  byId('callback').classList.toggle('writes', Boolean(isHere));
}

/** His matter is accepted and the line is free. */
export function isWritten({ callback, leg }) {
  const { item, dial, busy } = callback ?? {};
  return Boolean(item?.kind === 'missed' && dial?.ended_at && dial.ticket?.id && !leg && !busy);
}
