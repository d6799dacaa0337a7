// The bar of a seat: its state with the menu to change it, the queue, the day.

import { byId, fill, h, setText } from '../dom.js';
import { label, t } from '../i18n.js';
import { duration, tickSince } from '../time.js';

/** `command(name, args)` asks the server; `prepare()` runs inside the person's click (sound, notices, microphone). */
export function showTopbar(store, { command, prepare }) {
  const button = byId('state-button');
  const menu = byId('state-menu');

  function close() {
    menu.hidden = true;
    button.setAttribute('aria-expanded', 'false');
  }

  function item(value, shape, text, hint, run) {
    return h(
      'button',
      { type: 'button', role: 'menuitem', class: 'menu-item', data: { value }, on: { click: () => (close(), button.focus(), run()) } },
      h('i', { class: `shape ${shape}` }),
      h('span', { text }),
      hint ? h('small', { text: hint }) : null,
    );
  }

  function items({ reasons, seat }) {
    const ready = item('ready', 'ready', t('state.ready'), t('menu.ready_hint'), () => (prepare(), command('seat.ready')));
    if (seat.state === 'wrap_up') {
      ready.disabled = true;
      ready.lastChild.textContent = t('menu.save_first');
    }
    return [
      ready,
      h('hr', { role: 'separator' }),
      ...reasons.filter((reason) => reason.chosen).map((reason) =>
        item(`paused:${reason.id}`, 'paused', label(reason), t('menu.minutes', { minutes: reason.minutes }), () =>
          command('seat.pause', { reason: reason.id }),
        ),
      ),
      h('hr', { role: 'separator' }),
      item('offline', 'offline', t('state.offline'), t('menu.offline_hint'), () => command('seat.offline')),
    ];
  }

  button.addEventListener('click', () => {
    if (!menu.hidden) return close();
    fill(menu, items(store.get()));
    menu.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    menu.querySelector('button:enabled').focus();
    return undefined;
  });
  menu.addEventListener('keydown', (event) => {
    const all = [...menu.querySelectorAll('button:enabled')];
    const at = all.indexOf(document.activeElement);
    if (event.key === 'ArrowDown') all[(at + 1) % all.length].focus();
    else if (event.key === 'ArrowUp') all[(at - 1 + all.length) % all.length].focus();
    else if (event.key === 'Escape') (close(), button.focus());
    else return;
    event.preventDefault();
  });
  document.addEventListener('pointerdown', (event) => {
    if (!menu.hidden && !event.target.closest('.state-control')) close();
  });

  store.watch(
    (state) => [state.seat, state.phase, state.link, state.lang, state.reasons],
    (state) => showState(state, button),
  );
  store.watch((state) => [state.phase], ({ phase }) => phase !== 'idle' && close());
  store.watch((state) => [state.queues, state.lang], showQueues);
  store.watch((state) => [state.today, state.lang], showToday);
}

function showState({ seat, phase, link, reasons }, button) {
  button.disabled = !seat || link !== 'live';
  if (!seat) return;
  const shown = ['ringing', 'talking'].includes(phase) ? phase : seat.state;
  const reason = reasons.find((each) => each.id === seat.reason);
  byId('state-shape').className = `shape ${shown}`;
  button.dataset.state = shown;
  setText(byId('state-word'), t(`state.${shown}`) + (shown === 'paused' && reason ? ` · ${label(reason)}` : ''));
  const time = byId('state-time');
  if (shown === 'paused' && reason) time.dataset.limit = String(reason.minutes * 60);
  else delete time.dataset.limit;
  time.classList.remove('over');
  tickSince(time, seat.since);
  setText(byId('state-wanted'), wantedText(seat, reasons));
}

/** What the seat becomes after the call, where it is something else than ready. */
function wantedText(seat, reasons) {
  if (!['ringing', 'talking', 'wrap_up'].includes(seat.state) || !seat.wanted || seat.wanted === 'ready') return '';
  const reason = reasons.find((each) => each.id === seat.wanted_reason);
  return t('state.then', { state: reason ? label(reason) : t(`state.${seat.wanted}`) });
}

function showQueues({ queues }) {
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const since = queues.map((queue) => queue.longest_since).filter(Boolean);
  const figure = byId('queue-figure');
  fill(figure, h('span', { text: t('bar.queue') }), h('b', { class: 'num', text: String(waiting) }), h('span', { text: t('bar.waiting') }));
  if (!since.length) return;
  const time = h('time', { class: 'num', data: { limit: '15' } });
  tickSince(time, Math.min(...since));
  figure.append(h('span', { text: t('bar.longest') }), time);
}

function showToday({ today }) {
  if (!today) return fill(byId('today-figure'));
  return fill(
    byId('today-figure'),
    h('span', { text: t('bar.today') }),
    h('b', { class: 'num', text: String(today.calls) }),
    h('span', { text: t('bar.calls') }),
    today.talk_s_avg ? h('span', { text: t('bar.average') }) : null,
    today.talk_s_avg ? h('b', { class: 'num', text: duration(today.talk_s_avg) }) : null,
  );
}
