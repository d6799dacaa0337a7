// What this person may do now: a button each, a small form, and what happened meanwhile when somebody was faster.

import { post } from '../api.js';
import { byId, fill, h, setText } from '../dom.js';
import { explain, knows, t } from '../i18n.js';
import { say } from '../panels/notices.js';
import { dayTime } from '../time.js';
import { fieldFor, valuesOf } from './fields.js';
import { deed } from './log.js';

// Numbered papers are issued on the page of deadlines; a shared reply comes by itself.
const ELSEWHERE = new Set(['notice', 'criticise', 'share_reply', 'move_deadline']);
// What this person is here for comes first; the first of these is the page's main button.
const FIRST = ['sign', 'take_in_hand', 'reply', 'answer_part', 'force', 'hand_over', 'grant_extension', 'call_back', 'close_without_callback', 'interview', 'close'];
const FINAL = new Set(['return', 'force', 'refuse_extension', 'close', 'close_without_callback', 'give_up_calling', 'merge', 'do_again']);
const MORE_FIELDS = { remind: [{ name: 'text', kind: 'text', needed: true }] };

export function attachActions(store, { url, adopt, reload }) {
  const form = byId('act-form');
  let doing = null; // what the open form is for: {title, note, send, fields, run}

  function open(next) {
    doing = next;
    setText(byId('act-title'), next.title);
    setText(byId('act-note'), next.note);
    setText(byId('act-send'), next.title);
    byId('act-send').className = next.final ? 'danger' : 'primary';
    byId('act-send').disabled = false;
    fill(byId('act-fields'), next.fields.map((field) => fieldFor(field, store.get())));
    byId('act-changed').hidden = true;
    problem('');
    byId('act').showModal();
    byId('act-fields').querySelector('textarea, select, input')?.focus();
  }

  function openAction({ action, fields }) {
    const all = MORE_FIELDS[action] ?? fields;
    open({
      action,
      fields: all,
      title: t(`can.${action}`),
      note: knows(`can_note.${action}`) ? t(`can_note.${action}`) : '',
      final: FINAL.has(action),
      run: async (args) => {
        const { ticket } = await post(`${url}/actions`, { version: store.get().ticket.version, action, args });
        const before = store.get().ticket;
        adopt(ticket);
        say(store, t('course.done', { action: deed(action) }));
        if (ticket.due_day !== before.due_day) reload(); // its days are counted anew
      },
    });
  }

  function problem(text) {
    byId('act-problem').hidden = !text;
    setText(byId('act-problem'), text);
  }

  async function submit(event) {
    event.preventDefault();
    const args = valuesOf(doing.fields, form);
    const missing = doing.fields.find((field) => field.needed && (args[field.name] === '' || args[field.name] === null));
    if (missing) {
      problem(t('course.field_missing', { field: t(`arg.${missing.name}`) }));
      return void form.elements[missing.name]?.focus?.();
    }
    byId('act-send').disabled = true;
    try {
      await doing.run(args);
      byId('act').close();
    } catch (failure) {
      refused(failure);
    }
  }

  function refused(failure) {
    byId('act-send').disabled = false;
    if (failure.code === 'stale') return changed(failure.body.stored);
    if (failure.code === 'incomplete') {
      return problem(Object.entries(failure.fields).map(([name, why]) => `${t(`arg.${name}`)}：${t(`problem.${why}`)}`).join(' '));
    }
    const reason = failure.body.reason;
    problem(reason && knows(`refused.${reason}`) ? t(`refused.${reason}`) : explain(failure));
    if (failure.code === 'conflict') reload();
  }

  /** Somebody was faster: say what he did; what was typed stays, and is sent only after another look. */
  function changed(stored) {
    const known = store.get().ticket.log.length;
    const since = stored.log.filter((entry) => entry.number > known);
    if (stored.due_day !== store.get().ticket.due_day) reload();
    adopt(stored);
    const still = stored.allowed.some((each) => each.action === doing.action);
    fill(
      byId('act-changed'),
      h('div', {},
        h('p', { text: t(still ? 'course.changed' : 'course.changed_over') }),
        since.map((entry) => h('p', { class: 'num', text: `${dayTime(entry.at)} ${entry.name} ${deed(entry.action)}` }))),
    );
    byId('act-changed').hidden = false;
    byId('act-send').disabled = !still;
    problem('');
  }

  function buttons({ ticket }) {
    const rank = ({ action }) => (FIRST.includes(action) ? FIRST.indexOf(action) : FIRST.length);
    const can = ticket.allowed.filter(({ action }) => !ELSEWHERE.has(action)).sort((a, b) => rank(a) - rank(b));
    if (!can.length) return h('p', { class: 'muted', text: t(ticket.state === 'closed' ? 'course.closed' : 'course.nothing_to_do') });
    return can.map((each, index) => h('button', { type: 'button', class: index === 0 && rank(each) < FIRST.length ? 'primary' : null, data: { action: each.action }, on: { click: () => openAction(each) }, text: t(`can.${each.action}`) }));
  }

  store.watch((state) => [state.ticket, state.lang], (state) => {
    if (state.ticket) fill(byId('actions'), buttons(state));
  });
  form.addEventListener('submit', submit);
  byId('act-cancel').addEventListener('click', () => byId('act').close());

  /** This citizen's matter becomes part of another's job; he is still counted and called back. */
  function askMerge(leader) {
    open({
      action: 'merge',
      fields: [],
      title: t('can.merge'),
      note: t('similar.merge_note', { id: leader }),
      final: true,
      run: async () => {
        const { ticket } = await post(`${url}/actions`, { version: store.get().ticket.version, action: 'merge', args: { leader } });
        adopt(ticket);
        say(store, t('course.done', { action: deed('merge') }));
      },
    });
  }

  return {
    askMerge,
    askWhy: (run) => open({ title: t('course.show_number'), note: t('course.recorded'), fields: [{ name: 'why', kind: 'line', needed: true }], run: ({ why }) => run(why) }),
  };
}
