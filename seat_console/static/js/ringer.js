// How a call makes itself noticed: a tone made by the browser, a desktop notification, and the page's title.

import { t } from './i18n.js';

const TONES = [523.25, 659.25];
const ROUND_MS = 2600;

/** `start(text)` rings until `stop()`. `unlock()` and `allow()` belong to a click: browsers only then allow sound, or ask. */
export function createRinger({ onClick }) {
  let context = null;
  let rounds = null;
  let flashing = null;
  let notice = null;
  const title = document.title;

  function unlock() {
    context ??= new AudioContext();
    context.resume();
  }

  function allow() {
    unlock();
    if ('Notification' in window && Notification.permission === 'default') Notification.requestPermission();
  }

  function tone(at, frequency) {
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.frequency.value = frequency;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.22, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.42);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.45);
  }

  function round() {
    unlock();
    if (context.state !== 'running') return;
    TONES.forEach((frequency, index) => tone(context.currentTime + index * 0.22, frequency));
  }

  function notify(body) {
    if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return;
    try {
      notice = new Notification(t('ring.title'), { body, tag: 'hotline-ring', requireInteraction: true });
    } catch {
      return; // some systems offer notifications to service workers only
    }
    notice.onclick = () => {
      window.focus();
      onClick?.();
    };
  }

  function start(body) {
    if (rounds) return;
    round();
    rounds = setInterval(round, ROUND_MS);
    notify(body);
    let on = false;
    flashing = setInterval(() => {
      on = !on;
      document.title = on ? `● ${t('ring.title')}` : title;
    }, 700);
  }

  function stop() {
    clearInterval(rounds);
    clearInterval(flashing);
    rounds = flashing = null;
    notice?.close();
    notice = null;
    document.title = title;
  }

  return { unlock, allow, start, stop };
}
