// The kind and the place that were heard: offered beside the ticket, and taken by a click or a key, never by themselves.

import { byId, fill, h } from '../dom.js';
import { t } from '../i18n.js';

/** Returns what the keys do. */
export function showOffers(store, draft) {
  const open = () => draft.view()?.state === 'draft';
  const takeKind = () => {
    const kind = store.get().call?.heard_kind;
    if (kind && open()) draft.write({ kind: kind.kind });
  };
  const takePlace = () => {
    const place = store.get().call?.heard_place;
    if (place && open()) draft.write({ place: place.name });
  };

  store.watch(
    (state) => [state.call?.heard_kind, state.call?.heard_place, state.draft?.fields.kind, state.draft?.fields.place, state.draft?.state, state.lang],
    ({ call, draft: written }) => {
      const { heard_kind: kind, heard_place: place } = call ?? {};
      const locked = written?.state !== 'draft';
      fill(
        byId('offers'),
        kind ? kindOffer(kind, written, locked, takeKind) : null,
        place ? placeOffer(place, written, locked, takePlace) : null,
        kind || place ? null : h('li', { class: 'empty', text: t('offer.nothing') }),
      );
      markKind(written && !locked && !written.fields.kind ? kind?.kind : null);
    },
  );
  return { takeKind, takePlace };
}

/** The radio of the likely kind is marked as long as none is chosen. */
function markKind(kind) {
  for (const radio of document.getElementsByName('kind')) {
    radio.closest('label').classList.toggle('offered', radio.value === kind);
  }
}

function kindOffer({ kind, because }, written, locked, take) {
  const words = because.length ? h('span', { class: 'because' }, h('span', { class: 'muted', text: t('heard.because') }), because.map((word) => h('mark', { text: word }))) : null;
  return offer('Alt+4', 'offer.kind', t(`kind.${kind}`), words, written?.fields.kind === kind, locked, take);
}

function placeOffer({ name, within, heard }, written, locked, take) {
  const original = heard === name ? null : t('offer.heard_as', { heard });
  const more = [within, original].filter(Boolean).join(' · ');
  return offer('Alt+5', 'offer.place', name, more ? h('span', { class: 'because muted', text: more }) : null, written?.fields.place === name, locked, take);
}

function offer(key, what, value, more, taken, locked, take) {
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', class: 'offer', disabled: locked, 'aria-pressed': String(taken), on: { click: take } },
      h('kbd', { text: key }),
      h('span', { class: 'muted', text: t(what) }),
      h('b', { text: value }),
      more,
    ),
  );
}
