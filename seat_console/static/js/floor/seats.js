// Fifty seats as tiles: name, state by colour, shape and word, time in it; a tile over its time grows a border.

import { byId, fill, h, setText } from '../dom.js';
import { label, t } from '../i18n.js';
import { tickSince } from '../time.js';

const STATES = ['ready', 'ringing', 'talking', 'wrap_up', 'paused', 'offline'];
// Seconds after which somebody should look: practice, not a norm.
const LIMITS = { ringing: 15, talking: 600, wrap_up: 180 };

export function showSeats(store, { choose }) {
  const list = byId('tiles');
  const tiles = new Map();

  function tileOf(seat) {
    let tile = tiles.get(seat.id);
    if (tile) return tile;
    const parts = { shape: h('i', { class: 'shape' }), word: h('span'), time: h('time', { class: 'num' }), name: h('small') };
    const top = h('span', { class: 'tile-top' }, h('b', { class: 'num', text: seat.id.replace('seat', '') }), parts.time);
    const button = h('button', { type: 'button', class: 'tile', on: { click: () => choose(seat.id) } }, top, h('span', { class: 'tile-state' }, parts.shape, parts.word), parts.name);
    tile = { ...parts, button, item: h('li', {}, button) };
    tiles.set(seat.id, tile);
    return tile;
  }

  store.watch(
    (state) => [state.seats, state.chosen, state.reasons, state.lang],
    ({ seats, chosen, reasons }) => {
      for (const seat of seats) paint(tileOf(seat), seat, chosen, reasons);
      if (list.children.length !== seats.length) fill(list, seats.map((seat) => tileOf(seat).item));
    },
  );
  store.watch((state) => [state.seats, state.lang], showLegend);
}

function paint(tile, seat, chosen, reasons) {
  tile.shape.className = `shape ${seat.state}`;
  tile.button.dataset.state = seat.state;
  tile.button.dataset.seat = seat.id;
  tile.button.setAttribute('aria-pressed', String(seat.id === chosen));
  const unreachable = seat.state === 'ready' && !seat.reachable;
  const reason = seat.state === 'paused' ? reasons.find((each) => each.id === seat.reason) : null;
  setText(tile.word, unreachable ? t('floor.no_phone') : label(reason) || t(`state.${seat.state}`));
  tile.button.classList.toggle('unreachable', unreachable);
  setText(tile.name, seat.name || '');
  const limit = reason ? reason.minutes * 60 : LIMITS[seat.state];
  if (limit) tile.time.dataset.limit = String(limit);
  else delete tile.time.dataset.limit;
  tile.time.classList.remove('over');
  tickSince(tile.time, seat.state === 'offline' ? null : seat.since);
}

function showLegend({ seats }) {
  fill(
    byId('legend'),
    STATES.map((state) => {
      const count = seats.filter((seat) => seat.state === state).length;
      return h('span', {}, h('i', { class: `shape ${state}` }), `${t(`state.${state}`)} `, h('b', { class: 'num', text: String(count) }));
    }),
  );
}
