// The seat's page: its parts are made here and tied together; each keeps to its own business.

import { FROM_THIS_PAGE, post, put } from './api.js';
import { byId } from './dom.js';
import { createDraft } from './draft.js';
import { currentLanguage, explain, label, t, useLanguage } from './i18n.js';
import { listenToKeys } from './keys.js';
import { createLink } from './link.js';
import { createMicrophone, microphoneIsAllowed } from './mic.js';
import { markPainted } from './paint.js';
import { showBlocked } from './panels/blocked.js';
import { createCallback } from './panels/callback.js';
import { showCallbacks } from './panels/callbacks.js';
import { showCaller, spaced } from './panels/caller.js';
import { showHeard } from './panels/heard.js';
import { showOffers } from './panels/offers.js';
import { showIdle } from './panels/idle.js';
import { refusal, say, showNotices } from './panels/notices.js';
import { createSheet } from './panels/sheet.js';
import { acceptSuggestion, showTicket } from './panels/ticket.js';
import { showTopbar } from './panels/topbar.js';
import { createPhone } from './phone.js';
import { createRinger } from './ringer.js';
import { follow, isBlocked, matterOf, newestWords, shownWith, stateFrom, withTalk } from './seatstate.js';
import { createStore } from './store.js';
import { startTicking } from './time.js';

const KINDS = ['consultation', 'complaint', 'suggestion', 'help'];

await useLanguage(document.documentElement.lang.startsWith('en') ? 'en' : 'zh');

const store = createStore(stateFrom(currentLanguage()));
function change(patch) {
  store.set(follow(store.get(), patch));
  const { phase, line } = store.get();
  Object.assign(document.body.dataset, { phase, line });
}

const microphone = createMicrophone((problem) => change({ mic: problem }));
const phone = createPhone({
  microphone,
  audio: byId('remote'),
  onLine: (line) => change({ line }),
  onLeg: (leg) => change({ leg }),
  autoAnswer: (leg) => leg.purpose === 'callback', // the person has just asked for it
});
const ringer = createRinger({});
const draft = createDraft({
  put: (callId, body, options) => put(`/api/calls/${encodeURIComponent(callId)}/draft`, body, options),
  onChange: (view) => change({ draft: view }),
});
const sheet = createSheet();
const link = createLink({
  exclusive: true,
  mustKeep: () => Boolean(store.get().leg) || draft.dirty(),
  onLink: (state) => change({ link: state }),
  onSnapshot: (snapshot) => {
    const { seat, call, tickets, queues, reasons, topics, places, today } = snapshot;
    change({ seat, serverCall: call, tickets, queues, reasons, topics, places, today });
    phone.start();
    if (seat.state !== 'offline') microphoneIsAllowed().then((allowed) => allowed && microphone.open());
  },
  onEvent: (event) => {
    if (event.type === 'command.refused') say(store, refusal(event.note), 'bad');
    if (event.type.startsWith('callback')) change({ callbackNews: event.seq });
    const { seat = store.get().seat, call, tickets = store.get().tickets, today = store.get().today } = event;
    change({ seat, tickets, today, ...(call && call.id === seat.call_id && { serverCall: newestWords(call, store.get().serverCall) }) });
    if (seat.call_id && store.get().serverCall?.id !== seat.call_id) link.refetch();
  },
  onHeard: ({ call_id: id, ...heard }) => {
    const { serverCall, draft: writing } = store.get();
    if (serverCall?.id !== id) return;
    if ('talk' in heard) change({ serverCall: withTalk(serverCall, heard, Boolean(writing?.fields.topic)) });
    else change({ serverCall: newestWords(serverCall, { ...serverCall, ...heard }) });
  },
  onHealth: ({ parts, queues = store.get().queues }) => change({ queues, partsDown: Object.keys(parts).filter((name) => parts[name].ok === false && name !== 'categoriser') }),
});

/** Somebody else has the seat now: this page's phone takes no further call; one that goes on is spoken to its end. */
function leaveSeat({ phase }) {
  if (phase !== 'blocked') return phone.takeNoMore();
  ringer.stop();
  phone.stop();
  return microphone.close();
}

async function command(name, args = {}) {
  try {
    await post('/api/commands', { id: crypto.randomUUID(), name, args }, FROM_THIS_PAGE);
  } catch (problem) {
    say(store, explain(problem), 'bad');
  }
}

/** Without a leg here (the page was reloaded in the call) the server is asked. */
function hangUp() {
  const { leg, call, phase } = store.get();
  if (leg) phone.hangUp();
  else if (call && phase === 'talking') command('call.hang_up', { call_id: call.id });
}

/** Inside a click, where browsers allow it: sound, notices, microphone. */
function prepare() {
  ringer.allow();
  microphone.open();
}

async function save(answered) {
  if (store.get().saving || draft.view()?.state !== 'draft') return;
  await draft.save();
  const now = draft.view();
  if (['conflict', 'kept', 'refused'].includes(now.status)) return say(store, t(`draft.${now.status}_first`), 'bad');
  change({ saving: true });
  try {
    const path = `/api/calls/${encodeURIComponent(now.callId)}/ticket`;
    const { ticket } = await post(path, { version: now.version, fields: { ...now.fields, answered }, ...shownWith(store.get(), now) });
    if (draft.view()?.callId === now.callId) draft.open(now.callId, ticket);
    callback.written(ticket);
    say(store, t(answered ? 'ticket.saved_answered' : 'ticket.saved', { id: ticket.id }));
  } catch (problem) {
    draft.refuse(problem.fields);
    say(store, explain(problem), 'bad');
    document.querySelector('.field.wrong :is(input, textarea)')?.focus();
  } finally {
    change({ saving: false });
  }
}

// First, because nothing can be focused while its part of the page is hidden.
showBlocked(store, { takeOver: () => (ringer.allow(), link.takeOver()) });
showTopbar(store, { command, prepare });
showNotices(store);
showIdle(store, { command, prepare });
const callback = createCallback(store, draft, { change, phone, command, say: (text, kind) => say(store, text, kind) });
showCallbacks(store, { change, open: (item) => callback.open(item) });
showCaller(store, phone, { hangUp });
showHeard(store, { choose: (suggestion) => acceptSuggestion(store, draft, suggestion) });
showTicket(store, draft, { save });
const offers = showOffers(store, draft);

store.watch(
  (state) => [state.call, state.phase, state.callback],
  (state) => {
    const matter = matterOf(state);
    return matter ? draft.open(matter.callId, matter.ticket, { send: matter.send }) : draft.close();
  },
);
store.watch(
  (state) => [state.phase === 'ringing' && state.call?.id],
  ({ phase, call, topics }) => {
    if (phase !== 'ringing') return ringer.stop();
    const likely = topics.find((topic) => topic.id === call?.suggestions?.[0]?.topic);
    const masked = call?.from ? spaced(call.from.replace(/^(\d{3})\d+(\d{4})$/, '$1****$2')) : t('call.withheld');
    ringer.start([masked, label(likely?.name ?? call?.suggestions?.[0]?.name)].filter(Boolean).join(' · '));
    return call && markPainted('ring', call.id);
  },
);

store.watch(
  (state) => [isBlocked(state), state.phase === 'blocked'],
  (state) => isBlocked(state) && leaveSeat(state),
);

listenToKeys({
  answer: () => store.get().phase === 'ringing' && phone.answer(),
  mute: () => phone.toggleMute(),
  hold: () => phone.toggleHold(),
  hangUp,
  armHangUp: (on) => {
    const may = store.get().phase === 'talking';
    change({ hangUpArmed: on && may });
    return may;
  },
  kind: (number) => draft.view()?.state === 'draft' && draft.write({ kind: KINDS[number - 1] }),
  suggestion: (number) => {
    const chosen = store.get().call?.suggestions?.[number - 1];
    if (chosen && draft.view()?.state === 'draft') acceptSuggestion(store, draft, chosen);
  },
  takeKind: offers.takeKind,
  takePlace: offers.takePlace,
  save: () => save(false),
  saveAnswered: () => save(true),
  cheatSheet: () => sheet.open(),
});

byId('language').addEventListener('click', async () => {
  const lang = await useLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
  byId('language').textContent = t('bar.other_language');
  change({ lang });
});
// After a reload the seat may be ready without a click on anything of ours.
addEventListener('pointerdown', () => ringer.unlock(), { once: true });
addEventListener('pagehide', () => draft.flushNow());
addEventListener('beforeunload', (event) => {
  if (store.get().leg || draft.dirty()) event.preventDefault();
});
change({ retryMicrophone: () => microphone.open() });
startTicking();
