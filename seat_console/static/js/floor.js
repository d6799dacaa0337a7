// The supervisors' page: queues, waiting calls, seats and parts as they are now; listening on this browser's softphone.

import { FROM_THIS_PAGE, post } from './api.js';
import { byId, setText } from './dom.js';
import { showBursts } from './floor/bursts.js';
import { showDetail } from './floor/detail.js';
import { showParts } from './floor/parts.js';
import { showQueues } from './floor/queues.js';
import { showSeats } from './floor/seats.js';
import { currentLanguage, explain, t, useLanguage } from './i18n.js';
import { createLink } from './link.js';
import { createMicrophone } from './mic.js';
import { refusal, say, showNotices } from './panels/notices.js';
import { createPhone } from './phone.js';
import { createStore } from './store.js';
import { startTicking } from './time.js';

const REGISTER_PATIENCE_MS = 8000;
const language = document.documentElement.lang.startsWith('en') ? 'en' : 'zh';
await useLanguage(language);

const store = createStore({
  lang: language,
  link: 'connecting',
  line: 'off',
  leg: null,
  mic: null,
  seats: [],
  calls: [],
  missed: [],
  bursts: [],
  queues: [],
  topics: {},
  reasons: [],
  parts: {},
  heardAt: null, // when the newest thing came from the server
  chosen: null, // id of the seat in the detail
  words: null, // {callId, text} a supervisor asked to see
  wanted: null, // {callId, seat} that is to be listened to
  said: null,
});
const change = (patch) => store.set(patch);

const microphone = createMicrophone((mic) => change({ mic }));
const phone = createPhone({
  microphone,
  audio: byId('remote'),
  onLine: (line) => change({ line }),
  onLeg: (leg) => {
    change({ leg, ...(leg === null && { wanted: null }) });
    if (leg === null) microphone.close();
  },
  // Only what this person asked for, and only what Asterisk marked as listening.
  autoAnswer: (leg) => leg.purpose === 'listen' && store.get().wanted !== null,
});

const link = createLink({
  onLink: (state) => change({ link: state }),
  onSnapshot: ({ seats, calls, missed, bursts, queues, topics, reasons, health, now }) =>
    change({ seats, calls, missed, bursts, queues, topics, reasons, parts: health, heardAt: now }),
  onEvent: take,
  onHealth: ({ parts, queues, now }) => change({ parts, queues: queues ?? store.get().queues, heardAt: now }),
});

function take(event) {
  if (event.type.startsWith('burst')) return link.refetch();
  const { seats, calls, missed } = store.get();
  const patch = { heardAt: event.at };
  if (event.seat) patch.seats = seats.map((seat) => (seat.id === event.seat.id ? event.seat : seat));
  if (event.call) {
    const others = calls.filter((call) => call.id !== event.call.id);
    const over = event.call.state === 'ended';
    patch.calls = over ? others : [...others, event.call];
    if (over && event.call.missed && !missed.some((call) => call.id === event.call.id)) patch.missed = [...missed, event.call];
  }
  change(patch);
  if (event.type === 'command.refused' && store.get().wanted && event.note.startsWith(store.get().wanted.command)) {
    change({ wanted: null });
    say(store, refusal(event.note), 'bad');
  }
}

async function listen(call, seat) {
  if (store.get().leg || store.get().wanted) return;
  const command = crypto.randomUUID();
  change({ wanted: { callId: call.id, seat, command } });
  try {
    if (!(await microphone.open())) throw new Error('microphone');
    await phone.start();
    await registered();
    const body = { id: command, name: 'call.listen', args: { call_id: call.id } };
    await post('/api/commands', body, FROM_THIS_PAGE);
  } catch (problem) {
    change({ wanted: null });
    if (problem.code) say(store, explain(problem), 'bad');
  }
}

function registered() {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => (stop(), reject(Object.assign(new Error(), { code: 'phone' }))), REGISTER_PATIENCE_MS);
    const stop = store.watch((state) => [state.line], ({ line }) => {
      if (line !== 'registered') return;
      clearTimeout(late);
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

async function showWords(call) {
  try {
    const { words } = await post('/api/views', { call_id: call.id });
    change({ words: { callId: call.id, text: words } });
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

function stopListening() {
  if (store.get().leg) phone.hangUp();
  else change({ wanted: null });
}

showNotices(store);
showBursts(store);
showQueues(store);
showSeats(store, { choose: (chosen) => change({ chosen, words: null }) });
showDetail(store, { listen, showWords });
showParts(store);
store.watch(
  (state) => [state.leg, state.wanted, state.lang],
  ({ leg, wanted }) => {
    byId('listening').hidden = !leg && !wanted;
    const key = leg?.state === 'talking' ? 'floor.listening' : 'floor.listening_soon';
    setText(byId('listening-text'), t(key, { seat: wanted?.seat ?? '' }));
  },
);
byId('stop-listening').addEventListener('click', stopListening);
byId('language').addEventListener('click', async () => {
  const lang = await useLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
  byId('language').textContent = t('bar.other_language');
  change({ lang });
});
change({ retryMicrophone: () => microphone.open(), link: link.state() });
startTicking();
