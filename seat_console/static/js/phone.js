// The softphone: one registration at Asterisk and at most one leg; answering and hanging up need nothing else of ours.

import JsSIP from '../vendor/jssip.js';
import { FROM_THIS_PAGE, get } from './api.js';
import { createLeg } from './leg.js';

const REGISTER_S = 60;
const AGAIN_MS = 3000;
const EARLY_MS = 5000;

/**
 * `onLine(state)`: off, connecting, registered, away (Asterisk does not answer), refused (it does not take us).
 * `onLeg(view|null)`: the call at this phone. `microphone` opens the sound; `autoAnswer(headers)` decides for a leg.
 */
export function createPhone({ onLine, onLeg, microphone, audio, autoAnswer = () => false }) {
  let agent = null;
  let leg = null;
  let again = null;
  let generation = 0;
  let earlyAnswer = 0; // when the person answered what the server already shows and the INVITE has yet to bring

  async function start() {
    if (agent) return void (agent.isConnected() && agent.register()); // another page may have had the line meanwhile
    const mine = ++generation;
    onLine('connecting');
    let account;
    try {
      account = await get('/api/softphone', FROM_THIS_PAGE);
    } catch (problem) {
      if (mine !== generation) return;
      onLine(problem.away ? 'away' : 'refused');
      if (problem.away) again = setTimeout(() => mine === generation && start(), AGAIN_MS);
      return;
    }
    if (mine === generation) register(account);
  }

  function register(account) {
    const mine = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(account.ws)],
      uri: account.uri,
      password: account.password,
      register_expires: REGISTER_S,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
    });
    agent = mine;
    mine.on('registered', () => onLine('registered'));
    mine.on('unregistered', () => agent === mine && onLine('connecting'));
    mine.on('disconnected', () => agent === mine && onLine('away'));
    mine.on('connected', () => agent === mine && onLine('connecting'));
    mine.on('registrationFailed', ({ response }) => {
      if (agent !== mine) return;
      const refused = [401, 403, 404].includes(response?.status_code);
      onLine(refused ? 'refused' : 'away');
      clearTimeout(again);
      // A secret may be a new one after a new start of the hotline: ask for it again.
      again = setTimeout(() => agent === mine && (refused ? restart() : mine.isConnected() && mine.register()), AGAIN_MS);
    });
    mine.on('newRTCSession', ({ originator, session, request }) => {
      if (originator === 'remote') incoming(session, request);
    });
    mine.start();
  }

  function incoming(session, request) {
    if (leg) return void session.terminate({ status_code: 486 });
    leg = createLeg(session, request, {
      audio,
      microphone,
      onChange: (view) => {
        if (view === null) leg = null;
        onLeg(view);
      },
    });
    const early = Date.now() - earlyAnswer < EARLY_MS;
    earlyAnswer = 0;
    if (early || autoAnswer(leg.view())) leg.answer();
  }

  function answer() {
    if (leg) leg.answer();
    else earlyAnswer = Date.now();
  }

  function stop() {
    generation += 1;
    clearTimeout(again);
    const old = agent;
    agent = null;
    leg?.hangUp();
    old?.stop(); // unregisters first
    onLine('off');
  }

  /** Another page's phone rings from now on; the leg at this one goes on. */
  function takeNoMore() {
    clearTimeout(again);
    if (agent?.isRegistered()) agent.unregister();
  }

  function restart() {
    const old = agent;
    agent = null;
    old?.stop();
    start();
  }

  addEventListener('pagehide', () => agent && stop());

  return {
    start,
    stop,
    takeNoMore,
    answer,
    hangUp: () => leg?.hangUp(),
    toggleMute: () => leg?.toggleMute(),
    toggleHold: () => leg?.toggleHold(),
  };
}
