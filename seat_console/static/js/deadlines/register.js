// The register of papers: every number that was given out, replaced ones too.

import { byId, fill, h, setText } from '../dom.js';
import { t } from '../i18n.js';
import { mailTable } from '../mails.js';
import { dayTime } from '../time.js';
import { paper } from './list.js';

export function showNoticeRegister(store, acts) {
  store.watch(
    (state) => [state.what, state.notices, state.lang],
    ({ what, notices }) => {
      if (what !== 'register') return;
      byId('convene').hidden = true;
      setText(byId('list-title'), t('figure.register'));
      setText(byId('list-note'), t('deadlines.newest', { count: notices.length }));
      fill(byId('list'), notices.length ? table(notices, acts) : h('p', { class: 'empty', text: t('deadlines.no_papers') }));
    },
  );
}

/** Mails that reached no unit, on the same sheet. */
export function showMails(store, reload) {
  store.watch(
    (state) => [state.what, state.mails, state.count, state.lang],
    ({ what, mails, count }) => {
      if (what !== 'mails') return;
      byId('convene').hidden = true;
      setText(byId('list-title'), t('figure.mails'));
      setText(byId('list-note'), t(count > mails.length ? 'mails.first' : 'mails.count', { count, shown: mails.length }));
      fill(byId('list'), mailTable({ store, mails, reload, link: true }));
    },
  );
}

function table(notices, acts) {
  const heads = ['papers', 'ticket', 'unit', 'issued_at', 'limit', 'remark', ''];
  return h(
    'table',
    { class: 'deadline-table register-table' },
    h('thead', {}, h('tr', {}, heads.map((key) => h('th', { text: key && t(`deadlines.${key}`) })))),
    h('tbody', {}, notices.map((notice) => line(notice, acts))),
  );
}

function withdrawal({ withdrawn_by: who, withdrawn_at: at }) {
  return h('small', { class: 'num', title: t('deadlines.withdrawn_why'), text: t('deadlines.withdrawn_when', { who, time: dayTime(at) }) });
}

function line(notice, acts) {
  const remark = [
    notice.by_clock ? t('deadlines.by_clock') : t('deadlines.by_hand'),
    notice.replaces ? t('deadlines.replaces', { number: notice.replaces }) : '',
    notice.reason,
  ];
  const over = notice.withdrawn_at ? 'deadlines.withdrawn' : notice.replaced ? 'deadlines.replaced' : null;
  return h(
    'tr',
    { class: over ? 'replaced' : null, data: { notice: notice.key } },
    h('td', {}, paper(notice), over ? h('span', { class: 'tag', text: t(over) }) : null),
    h('td', {}, h('a', { class: 'num', href: `/tickets/${notice.ticket}`, text: notice.ticket })),
    h('td', { text: notice.unit_name }),
    h('td', { class: 'num', text: dayTime(notice.issued_at) }),
    h('td', { class: 'num', text: notice.limit_day ?? '–' }),
    h('td', {}, h('small', { text: remark.filter(Boolean).join(' · '), title: notice.reason }), notice.withdrawn_at ? withdrawal(notice) : null),
    h('td', { class: 'row-acts' }, over ? null : h('button', { type: 'button', data: { act: 'reissue' }, on: { click: () => acts.reissue(notice) }, text: t('act.reissue') })),
  );
}
