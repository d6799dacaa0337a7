// The bottom line: how each part is, and how old what is shown is.

import { byId, fill, h } from '../dom.js';
import { t } from '../i18n.js';
import { tickSince } from '../time.js';

const ORDER = ['pbx', 'switch', 'speech', 'redis', 'database', 'clock', 'categoriser'];
const STALE_S = '6';

export function showParts(store) {
  store.watch(
    (state) => [state.parts, state.heardAt, state.link, state.lang],
    ({ parts, heardAt, link }) => {
      const age = h('time', { class: 'num', data: { limit: STALE_S } });
      tickSince(age, heardAt);
      fill(
        byId('parts'),
        ORDER.filter((name) => parts[name]).map((name) => part(name, parts[name])),
        h('span', { class: 'age' }, t(link === 'live' ? 'floor.age' : 'floor.age_stale'), ' ', heardAt ? age : '–'),
      );
    },
  );
}

/** Others answer or do not; categoriser and speech go on with what they had, and say what is wrong. */
function part(name, { ok, problem, listened, refused, refused_on: refusedOn }) {
  const state = ok === true ? 'well' : ok === false ? 'down' : 'unknown';
  const word = problem ? 'trouble' : state;
  return h('span', { class: `part ${state}`, title: problem || null, data: { part: name } }, h('i', { class: `shape part-${state}` }), `${t(`part.${name}`)} `, h('b', { text: t(`part.${word}`) }),
    listened === undefined ? null : h('span', { class: refused ? 'heard some-refused' : 'heard', title: t('part.listened_why') }, ` ${t('part.listened', { listened, refused })}`),
    refusedOn ? h('span', { class: 'heard some-refused', title: t('part.refused_on_why') }, ` · ${t('part.refused_on', { count: refusedOn })}`) : null);
}
