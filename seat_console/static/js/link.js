// The live link: hello, snapshot, events in order; a gap is seen by comparing two numbers and mended by a new snapshot.

import { io } from '../vendor/socket.io.js';
import { PAGE, get } from './api.js';
import { setServerTime } from './time.js';

const RETRY_MS = 1500;
const ACK_MS = 4000;

/**
 * Keep the page in step with the server.
 * `apply(snapshot)` replaces everything; `event(message)` changes a part; `link` values say what the page may trust:
 * connecting, syncing, live, down, occupied, taken_over, no_seat, signed_out.
 * `mustKeep()`: this page has what no other page has (a call's voice, unsaved words), so it takes its seat back.
 */
export function createLink({ onLink, onSnapshot, onEvent, onHealth, onHeard, exclusive = false, mustKeep = () => false, snapshot: path = () => '/api/snapshot' }) {
  const socket = io({ transports: ['websocket'], reconnectionDelay: 500, reconnectionDelayMax: 3000, timeout: 5000 });
  let state = 'connecting';
  let last = null; // seq of the newest thing applied; null while a snapshot is on its way
  let early = []; // events that came before the snapshot
  let fetching = 0;

  function become(next) {
    if (state === next) return;
    state = next;
    onLink(next);
  }

  async function hello(takeOver) {
    const answer = await socket.timeout(ACK_MS).emitWithAck('hello', { page: PAGE, take_over: takeOver }).catch(() => null);
    if (!socket.connected) return;
    if (!answer) return void setTimeout(() => hello(takeOver), RETRY_MS);
    if (answer.signed_out) return become('signed_out');
    if (answer.no_seat) return become('no_seat');
    if (answer.occupied) return become('occupied');
    await refetch();
  }

  async function refetch() {
    const mine = ++fetching;
    last = null;
    early = [];
    become('syncing');
    try {
      const snapshot = await get(path());
      if (mine !== fetching) return;
      setServerTime(snapshot.now);
      last = snapshot.seq;
      onSnapshot(snapshot);
      become('live');
      const waiting = early;
      early = [];
      waiting.forEach(take);
    } catch (problem) {
      if (mine !== fetching) return;
      if (problem.status === 401) return become('signed_out');
      if (problem.status === 404) return become('gone');
      if (!problem.status && !problem.code) console.error(problem);
      become('down');
      setTimeout(() => mine === fetching && socket.connected && refetch(), RETRY_MS);
    }
  }

  function take(message) {
    if (!message || typeof message.seq !== 'number') return;
    if (last === null) return void early.push(message);
    if (message.seq <= last) return;
    if (typeof message.prev === 'number' && message.prev > last) return void refetch();
    if (message.type === 'calendar.changed') return void refetch(); // deadlines are others everywhere
    last = message.seq;
    onEvent(message);
  }

  socket.on('connect', () => {
    // A page that was told the seat is used elsewhere asks again only when its person does.
    if (exclusive && (state === 'occupied' || state === 'taken_over')) return;
    become('connecting');
    hello(mustKeep());
  });
  socket.on('disconnect', (reason) => {
    fetching += 1;
    if (state === 'occupied' || state === 'taken_over') return;
    become('down');
    if (reason === 'io server disconnect') setTimeout(() => socket.connect(), RETRY_MS);
  });
  socket.on('connect_error', (error) => {
    if (state === 'occupied' || state === 'taken_over') return;
    become(error.data?.signed_out || error.message === 'signed out' ? 'signed_out' : 'down');
    if (!socket.active) setTimeout(() => socket.connect(), 2 * RETRY_MS);
  });
  socket.on('event', take);
  socket.on('health', (message) => {
    if (message?.now) setServerTime(message.now);
    if (message?.parts) onHealth(message);
  });
  socket.on('heard', (message) => state === 'live' && onHeard?.(message));
  socket.on('taken_over', () => {
    fetching += 1;
    become('taken_over');
  });
  addEventListener('pagehide', () => socket.disconnect());

  return {
    state: () => state,
    takeOver: () => {
      become('connecting');
      if (socket.connected) hello(true);
      else socket.once('connect', () => hello(true)).connect();
    },
    refetch,
  };
}
