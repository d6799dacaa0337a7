// Joint meetings: the agenda's tickets, the minutes, and duties that are tickets again.

import { post, put } from '../api.js';
import { byId, fill, h, setText } from '../dom.js';
import { t } from '../i18n.js';
import { say } from '../panels/notices.js';
import { dayTime } from '../time.js';

const CITY = '+08:00';

export function showMeetings(store, acts) {
  store.watch(
    (state) => [state.what, state.meetings, state.lang],
    ({ what, meetings }) => {
      if (what !== 'meetings') return;
      byId('convene').hidden = true;
      setText(byId('list-title'), t('figure.meetings'));
      setText(byId('list-note'), t('deadlines.meetings_note'));
      fill(byId('list'), meetings.length ? meetings.map((meeting) => card(store, meeting, acts)) : h('p', { class: 'empty', text: t('deadlines.no_meetings') }));
    },
  );
}

/** Call one about the tickets that were ticked. */
export function convene(store, acts, agenda) {
  acts.dialog.open({
    title: t('act.convene'),
    about: agenda.join(t('list.comma')),
    yes: t('act.convene'),
    fields: [
      { name: 'title', label: t('deadlines.meeting_title'), kind: 'input' },
      { name: 'place', label: t('deadlines.meeting_place'), kind: 'input' },
      { name: 'starts_at', label: t('deadlines.meeting_time'), kind: 'datetime-local' },
    ],
    send: (values) => post('/api/deadlines/meetings', { ...values, starts_at: `${values.starts_at}${CITY}`, agenda }),
    done: async () => {
      store.set({ what: 'meetings', unit: null, chosen: new Set() });
      say(store, t('deadlines.convened'));
      await acts.reload();
    },
    stale: acts.reload,
  });
}

function card(store, meeting, acts) {
  return h(
    'article',
    { class: 'meeting', data: { meeting: meeting.key } },
    h('h3', {}, meeting.title, h('small', { class: 'num', text: `${dayTime(meeting.starts_at)} · ${meeting.place}` }), h('span', { class: `tag${meeting.closed ? ' good' : ''}`, text: t(meeting.closed ? 'deadlines.meeting_closed' : 'deadlines.meeting_open') })),
    h('p', {}, h('span', { class: 'muted', text: t('deadlines.agenda') }), meeting.agenda.map((id) => [' ', link(id)])),
    meeting.minutes ? h('p', { class: 'minutes', text: meeting.minutes }) : null,
    meeting.duties.length ? duties(meeting.duties) : null,
    meeting.closed ? null : buttons(store, meeting, acts),
  );
}

const link = (id) => h('a', { class: 'num', href: `/tickets/${id}`, text: id });

const duties = (list) =>
  h(
    'ul',
    { class: 'rows' },
    list.map((duty) => h('li', {}, link(duty.ticket), ` ${duty.unit_name} · ${duty.owner} · `, h('span', { class: 'num', text: duty.day }), ' ', h('small', { text: t('deadlines.follows_from', { ticket: duty.of_ticket }) }))),
  );

function buttons(store, meeting, acts) {
  const at = `/api/deadlines/meetings/${meeting.key}`;
  const { version } = meeting;
  const open = (key, fields, send) =>
    acts.dialog.open({ title: t(`act.${key}`), about: meeting.title, yes: t(`act.${key}`), fields, send, stale: acts.reload, done: () => acts.reload() });
  const minutes = () =>
    open('minutes', [{ name: 'minutes', label: t('deadlines.minutes'), kind: 'text', longest: 4000, value: meeting.minutes }], (values) => put(`${at}/minutes`, { version, ...values }));
  const duty = () =>
    open(
      'duty',
      [
        { name: 'of_ticket', label: t('deadlines.ticket'), kind: 'select', options: meeting.agenda.map((id) => ({ value: id, text: id })) },
        { name: 'what', label: t('deadlines.duty'), kind: 'text', longest: 4000 },
        { name: 'unit', label: t('deadlines.unit'), kind: 'select', options: acts.units() },
        { name: 'owner', label: t('deadlines.owner'), kind: 'input', longest: 64 },
        { name: 'day', label: t('deadlines.day'), kind: 'date' },
      ],
      (values) => post(`${at}/duties`, { version, ...values }),
    );
  const close = () => acts.run(() => post(`${at}/close`, { version }), () => t('deadlines.meeting_closed'));
  const button = (key, click) => h('button', { type: 'button', data: { act: key }, on: { click }, text: t(`act.${key}`) });
  return h('p', { class: 'meeting-acts' }, button('minutes', minutes), button('duty', duty), button('close_meeting', close));
}
