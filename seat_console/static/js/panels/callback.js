// One citizen to call back: the matter and the reply or the new date to tell, the call, and what he says.

import { FROM_THIS_PAGE, get, post } from '../api.js';
import { byId, fill, h, setText } from '../dom.js';
import { explain, t } from '../i18n.js';
import { matterOf } from '../seatstate.js';
import { dayTime, tickSince } from '../time.js';
import { factsOf, showWays, titleOf, wordsOf } from './callee.js';
import { isWritten, placeForm } from './missed.js';

const QUESTIONS = { responded: ['yes', 'no'], solved: ['yes', 'no'], satisfaction: ['satisfied', 'basically', 'not'] };

/** `change(patch)` sets the page's state, `say(text, kind)` tells the person; `phone` has the leg. */
export function createCallback(store, draft, { change, say, phone, command }) {
  const form = byId('callback-form');
  byId('callback-dial').addEventListener('click', dial);
  byId('callback-hang-up').addEventListener('click', () => phone.hangUp());
  byId('callback-back').addEventListener('click', close);
  byId('callback-missed').addEventListener('click', notReached);
  form.addEventListener('submit', (event) => (event.preventDefault(), save()));
  form.addEventListener('change', paintForm);

  let closedFor = null;
  const now = () => store.get().callback;
  const update = (patch) => now() && change({ callback: { ...now(), ...patch } });

  async function open(item) {
    form.reset();
    const { mine } = store.get().callbacks;
    // The page was loaded anew while he was called: what was written goes on.
    change({ callback: { item, ticket: null, dial: mine?.missed === item.id ? mine : null, busy: false } });
    if (item.kind === 'missed') return;
    try {
      const { ticket } = await get(`/api/tickets/${encodeURIComponent(item.id)}`);
      if (now()?.item === item) update({ ticket });
    } catch (problem) {
      say(explain(problem), 'bad');
      close();
    }
  }

  function close() {
    if (store.get().leg) return say(t('callback.hang_up_first'), 'bad');
    change({ callback: null, callbackNews: Date.now() });
    return undefined;
  }

  async function dial() {
    const { item } = now();
    update({ busy: true });
    try {
      const body = item.kind === 'missed' ? { call: item.id } : { ticket: item.id };
      const answer = await post('/api/callbacks', body, FROM_THIS_PAGE);
      update({ dial: answer.dial });
    } catch (problem) {
      say(explain(problem), 'bad');
    } finally {
      update({ busy: false });
    }
  }

  /** The server's word on the call, whenever it says that something changed. */
  async function look() {
    const id = now()?.dial?.id;
    if (!id) return;
    try {
      const answer = await get(`/api/callbacks/${id}`);
      if (now()?.dial?.id === id) update({ dial: answer.dial });
    } catch {
      // the next event tells again
    }
  }

  async function notReached() {
    const { item, ticket, dial: made } = now();
    if (item.kind === 'missed') return settle(made, false);
    if (item.kind === 'new_date') return act(ticket, 'miss_new_date', {});
    return act(ticket, item.tries >= 3 ? 'give_up_calling' : 'miss_citizen', {});
  }

  async function save() {
    const { item, ticket, dial: made } = now();
    if (item.kind === 'missed') return settle(made, true);
    const said = new FormData(form);
    if (item.kind === 'new_date') {
      const how = said.get('how');
      return how ? act(ticket, 'tell_new_date', { how }) : say(t('callback.choose_way'), 'bad');
    }
    if (Object.keys(QUESTIONS).some((name) => !said.get(name))) return say(t('callback.all_questions'), 'bad');
    const args = {
      responded: said.get('responded') === 'yes',
      solved: said.get('solved') === 'yes',
      satisfaction: said.get('satisfaction'),
      words: byId('callback-words').value.trim(),
    };
    return act(ticket, 'call_back', args);
  }

  async function act(ticket, action, args) {
    await finish(
      () => post(`/api/tickets/${encodeURIComponent(ticket.id)}/actions`, { version: ticket.version, action, args }),
      (answer) => t(answer.ticket.again_as ? 'callback.again' : `callback.done_${action}`, { id: answer.ticket.again_as || ticket.id }),
    );
  }

  /** A missed caller's matter was accepted: with the end of the call nothing is left to do. */
  function written(ticket) {
    const { item, dial: made } = now() ?? {};
    if (item?.id === ticket.call_id) update({ dial: { ...made, ticket } });
  }

  async function settle(made, reached) {
    if (!made) return say(t('callback.dial_first'), 'bad');
    if (reached && draft.view()?.state === 'draft' && draft.hasText()) return say(t('callback.ticket_first'), 'bad');
    return finish(() => post(`/api/callbacks/${made.id}/settle`, { reached }), () => {
      if (made.ticket?.id) return t('ticket.saved', { id: made.ticket.id });
      return t(reached ? 'callback.done_reached' : 'callback.done_miss_citizen');
    });
  }

  async function finish(ask, word) {
    if (store.get().leg) return say(t('callback.hang_up_first'), 'bad');
    update({ busy: true });
    try {
      const answer = await ask();
      change({ callback: null, callbackNews: Date.now() });
      say(word(answer));
      if (store.get().seat?.reason === 'callback') command('seat.ready');
    } catch (problem) {
      say(explain(problem), 'bad');
      update({ busy: false });
    }
    return undefined;
  }

  function paintForm() {
    const { callback, leg } = store.get();
    if (!callback) return;
    const { item, ticket, dial: made, busy } = callback;
    const isTicket = item.kind !== 'missed';
    const isNewDate = item.kind === 'new_date';
    const calling = Boolean(leg) || (made && !made.ended_at);
    byId('callback-dial').disabled = busy || calling || (isTicket && (!ticket || Boolean(item.wait)));
    byId('callback-hang-up').hidden = !leg;
    byId('callback-questions').hidden = !isTicket || isNewDate;
    showWays(isNewDate, made);
    byId('callback-save').disabled = busy || Boolean(leg) || (isTicket ? !ticket : !made?.ended_at);
    byId('callback-missed').disabled = busy || Boolean(leg) || (isTicket ? !ticket : !made?.ended_at);
    const writes = Boolean(matterOf(store.get()));
    byId('callback-back').hidden = Boolean(leg);
    byId('callback-save').classList.toggle('primary', !writes);
    byId('callback-missed').hidden = Boolean(made?.ticket?.id);
    for (const [name, text] of Object.entries(wordsOf(item, writes))) setText(byId(`callback-${name}`), text);
  }

  store.watch((state) => [state.callback, state.leg, state.lang], (state) => (paint(state), paintForm()));
  store.watch((state) => [state.callbackNews], look);
  store.watch((state) => [state.callback, state.leg], (state) => {
    const made = state.callback?.dial;
    if (!isWritten(state) || made.id === closedFor) return undefined;
    closedFor = made.id; // once: what failed is tried again by the person
    return settle(made, true);
  });
  store.watch((state) => [state.phase, Boolean(matterOf(state))], placeForm);
  return { open, close, written };
}

function paint({ callback, leg }) {
  if (!callback) return;
  const { item, ticket, dial } = callback;
  setText(byId('callback-title'), titleOf(item));
  const facts = factsOf(item, ticket);
  if (item.tries) facts.push(['callback.tries_label', (item.tried ?? [item.last_try]).filter(Boolean).map(dayTime).join('、')]);
  fill(byId('callback-facts'), facts.flatMap(([name, text]) => [h('dt', { text: t(name) }), h('dd', { text: text || '–' })]));
  const word = byId('callback-line');
  setText(word, t(`callback.line_${lineState(leg, dial)}`));
  tickSince(byId('callback-time'), leg && dial?.answered_at ? dial.answered_at : null);
}

/** Where the call is: idle, seat (our phone), ringing (his), talking, and how it ended. */
function lineState(leg, dial) {
  if (!dial) return 'idle';
  if (dial.ended_at) return dial.result || 'unknown';
  if (dial.answered_at) return 'talking';
  return leg?.state === 'talking' ? 'ringing' : 'seat';
}
