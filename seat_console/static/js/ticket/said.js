// What was said in the call, sentence by sentence, shown when somebody asks for it; each look is recorded.

import { h } from '../dom.js';
import { t } from '../i18n.js';
import { dayTime, duration } from '../time.js';

const MAY_GROW = new Set(['waiting', 'writing']);

const player = (src) => h('audio', { controls: true, preload: 'none', src });

export const sound = ({ call_id: call }) => player(`/api/calls/${call}/recording`);

/** The calls in which the hotline spoke to the citizen again. */
export const callbackRows = ({ callbacks }) => callbacks.map(({ id, at, seat, sound: there }) => h(
  'li',
  {},
  h('span', { class: 'num', text: dayTime(at) }),
  h('span', { text: seat ?? t('course.system') }),
  there ? player(`/api/callbacks/${id}/recording`) : h('span', { class: 'muted', text: t('told.no_sound') }),
));

export function linesOf({ ticket, transcript }, { show, playFrom }) {
  const button = (key) => h('p', {}, h('button', { type: 'button', id: 'show-said', on: { click: show }, text: t(key) }), ' ', h('span', { class: 'muted', text: t('said.recorded') }));
  if (!transcript) return button('said.show');
  const of = (source) => transcript.lines.filter((line) => line.source === source);
  const [talk, live] = [of('recording'), of('live')];
  const from = ticket.recording ? playFrom : null;
  return [
    transcript.before ? [h('h3', { text: t('said.before') }), h('p', { class: 'words', text: transcript.before })] : null,
    talk.length ? part('said.talk', talk, from) : null,
    live.length && !talk.length ? part('said.live', live, null) : null, // the recording has both voices, and is heard with care
    h('p', { class: transcript.state === 'failed' ? 'late' : 'muted', data: { said: transcript.state } },
      t(stateWord(transcript.state, talk)), ' ', transcript.before || transcript.lines.length ? note(talk) : null),
    MAY_GROW.has(transcript.state) ? button('said.again') : null,
  ];
}

const stateWord = (state, talk) => `said.${state === 'written' && !talk.length ? 'nothing' : state}`;

const note = (talk) => [t('said.by_machine'), talk.some((line) => line.voice === 'both') ? t('said.both_in_one') : null];

const part = (title, lines, playFrom) => [
  h('h3', { text: t(title) }),
  h('ol', { class: 'said-lines' }, lines.map(({ began_ms: began, voice, words }) => h(
    'li',
    { class: voice },
    time(began / 1000, playFrom),
    h('span', { class: 'voice', text: voice === 'both' ? '' : t(`said.voice_${voice}`) }),
    h('span', { class: 'words', text: words }),
  ))),
];

function time(seconds, playFrom) {
  if (!playFrom) return h('span', { class: 'num muted', text: duration(seconds) });
  return h('button', { type: 'button', class: 'quiet small num', title: t('said.play_from'), on: { click: () => playFrom(seconds) }, text: duration(seconds) });
}
