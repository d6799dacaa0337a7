// Mails to units that were given up: whom about what, since when, the mail server's last word, and trying again.

import { get, post } from './api.js';
import { h } from './dom.js';
import { explain, knows, t } from './i18n.js';
import { say } from './panels/notices.js';
import { dayTime, setServerTime } from './time.js';

export async function loadMails() {
  const { now, count, mails } = await get('/api/mails');
  setServerTime(now);
  return { count, mails };
}

/** Where nothing was given up, a sentence that says so. */
export function mailTable({ store, mails, reload, link }) {
  if (!mails.length) return h('p', { class: 'empty', text: t('mails.none') });
  const heads = ['unit', 'about', 'since', 'problem', ''];
  return h(
    'table',
    { class: 'deadline-table mails-table' },
    h('thead', {}, h('tr', {}, heads.map((key) => h('th', { text: key && t(`mails.${key}`) })))),
    h('tbody', {}, mails.map((mail) => line(mail, link, () => again(store, mail, reload)))),
  );
}

function line(mail, link, run) {
  return h(
    'tr',
    { data: { mail: mail.key } },
    h('td', {}, h('span', { text: mail.unit_name }), mail.recipient ? h('small', { text: mail.recipient, title: mail.recipient }) : null),
    h('td', {}, h('span', { text: about(mail) }), ' ', link ? h('a', { class: 'num', href: `/tickets/${mail.ticket}`, text: mail.ticket }) : h('span', { class: 'num', text: mail.ticket })),
    h('td', { class: 'num', title: t('mails.given_up', { time: dayTime(mail.given_up_at) }), text: dayTime(mail.since) }),
    h('td', {}, h('small', { text: mail.problem.replace(/^the mail server answered /, ''), title: mail.problem })),
    h('td', { class: 'row-acts' }, h('button', { type: 'button', data: { act: 'again' }, on: { click: run }, text: t('mails.again') })),
  );
}

/** As the mail's own subject: what happened, or which reminder it was, and the paper's number. */
function about({ action, number }) {
  const reminder = knows(`time_act.${action}`);
  const what = reminder ? `${t('deed.remind')} ${t(`time_act.${action}`)}` : t(`deed.${action}`);
  return number ? `${what} ${number}` : what;
}

async function again(store, mail, reload) {
  try {
    await post(`/api/mails/${mail.key}/again`, {});
    say(store, t('mails.trying', { unit: mail.unit_name }));
  } catch (problem) {
    const { reason } = problem.body ?? {};
    say(store, reason && knows(`refused.${reason}`) ? t(`refused.${reason}`) : explain(problem), 'bad');
  }
  await reload();
}
