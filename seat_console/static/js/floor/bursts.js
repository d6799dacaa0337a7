// What more people than usual tell of in this hour: it stands above everything else while it lasts.

import { byId, fill, h } from '../dom.js';
import { label, t } from '../i18n.js';
import { dayTime } from '../time.js';

export function showBursts(store) {
  store.watch((state) => [state.bursts, state.lang], ({ bursts }) => {
    byId('bursts').hidden = !bursts.length;
    fill(byId('burst-list'), bursts.map(row));
  });
}

function row({ topic, topic_name: name, place, count, expected, began_at: began }) {
  const usual = expected < 0.1 ? t('burst.rare') : t('burst.usual', { count: expected.toFixed(1) });
  const where = place || t('burst.city');
  const asked = new URLSearchParams({ topic, ...(place && { place }) });
  return h(
    'li',
    {},
    h('b', { text: `${label(name)} · ${where}` }),
    h('span', { class: 'num', text: t('burst.count', { count }) }),
    h('span', { class: 'muted', text: `${usual} · ${t('burst.since', { time: dayTime(began) })}` }),
    h('a', { href: `/search?${asked}`, text: t('burst.open') }),
  );
}
