// Clocks and durations: the server's time counts, the city's time zone is shown, one ticker serves the page.

const ZONE = 'Asia/Shanghai';
const time = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, timeStyle: 'medium', hourCycle: 'h23' });
const minute = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, timeStyle: 'short', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, month: '2-digit', day: '2-digit' });
const wholeDay = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' });

let skew = 0; // server − browser, seconds

/** Tell the page what the server's clock says. */
export function setServerTime(epochSeconds) {
  skew = epochSeconds - Date.now() / 1000;
}

export const serverNow = () => Date.now() / 1000 + skew;

const pad = (number) => String(number).padStart(2, '0');

/** `02:14`, or `1:02:14` from an hour on. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** `16:02:11` in the city's time. */
export const clockTime = (epochSeconds) => time.format(new Date(epochSeconds * 1000));

/** Today `16:02`, else `11-25 16:02`. */
export function dayTime(epochSeconds) {
  const at = new Date(epochSeconds * 1000);
  const today = wholeDay.format(new Date(serverNow() * 1000)) === wholeDay.format(at);
  return today ? minute.format(at) : `${day.format(at).replace('/', '-')} ${minute.format(at)}`;
}

/** The city's day `11-25` that ends at a deadline's 24:00. */
export const lastDay = (epochSeconds) => day.format(new Date((epochSeconds - 1) * 1000)).replace('/', '-');

/** Make an element show the time since an epoch second, from now on; null empties it. */
export function tickSince(element, since) {
  if (since === null || since === undefined) {
    delete element.dataset.since;
    element.textContent = '';
    return;
  }
  element.dataset.since = String(since);
  element.textContent = duration(serverNow() - since);
}

/** Start the page's one ticker; elements with `data-since` follow it, and with `data-limit` (s) are marked when over. */
export function startTicking(also = () => {}) {
  const tick = () => {
    const now = serverNow();
    for (const element of document.querySelectorAll('[data-since]')) {
      const seconds = now - Number(element.dataset.since);
      const text = duration(seconds);
      if (element.textContent !== text) element.textContent = text;
      if (element.dataset.limit) element.classList.toggle('over', seconds > Number(element.dataset.limit));
    }
    also(now);
  };
  tick();
  return setInterval(tick, 1000);
}
