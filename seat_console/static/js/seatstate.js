// What the seat's page knows, and what the screen shows of it: the phone at hand first, then the server.

const BLOCKED = ['occupied', 'taken_over', 'no_seat'];
/** Another page has this page's seat, or there is none. */
export const isBlocked = ({ link }) => BLOCKED.includes(link);
const IN_CALL = ['ringing', 'talking', 'wrap_up'];

/** The state before the first snapshot. */
export function stateFrom(lang) {
  return {
    lang,
    link: 'connecting', // what the page may trust, see link.js
    line: 'off', // the phone's registration, see phone.js
    leg: null, // the call at this phone
    mic: null, // what is wrong with the microphone
    seat: null,
    serverCall: null, // what the server says of the seat's call
    localCall: null, // what the phone alone knows, while the server says nothing of that call
    endedHere: null, // id of the call whose talk ended at this phone
    call: null, // the one that is shown
    shown: null, // what was shown of it when its topic was chosen
    draft: null,
    tickets: [],
    queues: [],
    reasons: [],
    topics: [],
    places: [],
    today: null,
    partsDown: [],
    callbacks: { tickets: [], new_dates: [], missed: [] }, // what is to be called back
    callback: null, // the one that is open: { item, ticket, dial, busy }
    callbackNews: 0, // grows when the server says that a callback changed
    phase: 'loading',
    saving: false,
    said: null,
    hangUpArmed: false,
  };
}

/** The next state: `call` and `phase` follow from the rest. Phases: loading, blocked, idle, callback, ringing, talking, wrap_up. */
export function follow(state, patch) {
  const next = { ...state, ...patch };
  if ('leg' in patch) followLeg(next, state.leg);
  if (next.localCall?.id === next.serverCall?.id) next.localCall = null;
  next.phase = phaseOf(next);
  next.call = callOf(next);
  followTopic(next, state);
  return next;
}

function followLeg(next, before) {
  const { leg } = next;
  if (leg?.purpose === 'callback' || before?.purpose === 'callback') return;
  if (leg) {
    next.endedHere = null;
    const known = !leg.callId || leg.callId === next.serverCall?.id;
    if (known) next.localCall = null;
    else if (next.localCall?.id !== leg.callId) next.localCall = callFrom(leg);
  } else if (before?.state === 'talking') {
    next.endedHere = before.callId || next.call?.id || null;
    next.hangUpArmed = false;
  } else next.localCall = null; // it rang and was not answered here
}

/** A call as Asterisk's INVITE describes it. */
function callFrom(leg) {
  return { id: leg.callId, from: leg.from, withheld: !leg.from, local: true, ticket: null };
}

/** Whose ticket the form writes: the call's, or that of a missed caller who has been reached. Null: nobody's. */
export function matterOf({ call, phase, callback }) {
  // Before the seat has answered the call may still go to another one: its ticket is not yet ours to write.
  if (call?.id) return { callId: call.id, ticket: call.ticket, send: phase !== 'ringing' };
  const { item, dial } = callback ?? {};
  const isReached = phase === 'callback' && item?.kind === 'missed' && dial?.answered_at;
  return isReached ? { callId: item.id, ticket: dial.ticket, send: true } : null;
}

function phaseOf({ link, leg, seat, endedHere, localCall, callback }) {
  if (isBlocked({ link }) && !leg) return 'blocked'; // a call at this phone is ended by its people only
  if (leg?.purpose === 'callback') return 'callback';
  if (leg) return leg.state === 'talking' ? 'talking' : 'ringing';
  if (!seat) return 'loading';
  if (endedHere && (seat.call_id === endedHere || localCall?.id === endedHere)) return 'wrap_up';
  if (IN_CALL.includes(seat.state)) return seat.state;
  return callback ? 'callback' : 'idle';
}

function callOf({ phase, leg, seat, serverCall, localCall }) {
  if (!IN_CALL.includes(phase)) return null;
  if (localCall && (!leg || leg.callId === localCall.id)) return localCall;
  const mine = serverCall && (serverCall.id === leg?.callId || serverCall.id === seat?.call_id);
  return mine ? serverCall : null;
}

const SHOWN_MOST = 8000;
const HEARD = ['words', 'heard_ms', 'heard_final', 'heard_reason', 'urgent', 'urgency', 'suggestions', 'categoriser'];

/** `call` with the newer words of both: words come straight from the ear, and once more with the call's events. */
export function newestWords(call, other) {
  if (other?.id !== call.id) return call;
  const newer = isNewer(other, call) ? Object.fromEntries(HEARD.map((name) => [name, other[name]])) : {};
  return { ...call, ...newer, ...(other.talk && !call.talk && talkOf(other)) };
}

function talkOf({ talk, suggestedBy, suggestions, categoriser }) {
  return suggestedBy === 'talk' ? { talk, suggestedBy, suggestions, categoriser } : { talk };
}

/** `call` with what the caller says to the seat; its suggestions, which know his first sentence, count until a topic is chosen. */
export function withTalk(call, { talk, suggestions, categoriser }, isChosen) {
  return { ...call, talk, ...(suggestions.length && !isChosen && { suggestions, categoriser, suggestedBy: 'talk' }) };
}

/** What was shown of a call when the topic of its ticket was chosen, as the ticket tells it. */
export function shownWith({ shown }, { callId }) {
  return shown?.callId === callId ? { shown: shown.what } : {};
}

function followTopic(next, before) {
  const { draft, call } = next;
  if (!draft?.fields.topic || call?.id !== draft.callId) return;
  if (before.draft?.callId === draft.callId && before.draft.fields.topic === draft.fields.topic) return;
  const { words, talk, suggestions = [], categoriser = 0 } = call;
  const told = [words, talk].filter(Boolean).join('，').slice(-SHOWN_MOST);
  next.shown = { callId: call.id, what: { words: told, categoriser, suggestions: suggestions.map(({ topic, score }) => ({ topic, score })) } };
}

function isNewer(one, other) {
  if (Boolean(one.heard_final) !== Boolean(other.heard_final)) return Boolean(one.heard_final);
  return (one.heard_ms ?? 0) > (other.heard_ms ?? 0);
}
