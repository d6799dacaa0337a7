// What a supervisor does with a line: a dialog for the words that go with it, a reason most of all.

import { post } from '../api.js';
import { byId, fill, h, setText } from '../dom.js';
import { explain, knows, t } from '../i18n.js';
import { say } from '../panels/notices.js';
import { inForce } from './list.js';

const REASON = 500;
const DECISION = 4000;

/** The rule that refused, in the page's words. */
function why(problem) {
  const { reason } = problem.body ?? {};
  return reason && knows(`refused.${reason}`) ? t(`refused.${reason}`) : explain(problem);
}

export function createActs(store, reload) {
  const dialog = createDialog();
  const course = (row, action, args) => post(`/api/tickets/${encodeURIComponent(row.id)}/actions`, { version: row.version, action, args });

  /** Run it; the page is loaded again whatever came of it, for somebody may have been faster. */
  async function run(work, done) {
    try {
      const answer = await work();
      say(store, done(answer));
    } catch (problem) {
      say(store, why(problem), 'bad');
    }
    await reload();
  }

  const units = () => (store.get().board?.open_units ?? []).map((unit) => ({ value: unit.id, text: unit.name }));
  const unitField = () => ({ name: 'unit', label: t('deadlines.unit'), kind: 'select', options: units() });
  const textField = (name, longest) => ({ name, label: t(`deadlines.${name}`), kind: 'text', longest });

  function ask(row, action, fields, about) {
    dialog.open({
      title: t(`act.${action}`),
      about,
      yes: t(`act.${action}`),
      fields,
      send: (values) => course(row, action, values),
      done: async () => {
        say(store, t('deadlines.done', { ticket: row.id, act: t(`act.${action}`) }));
        await reload();
      },
      stale: reload,
    });
  }

  function issue(row, kind) {
    ofPaper(kind, row.id, (values) => post('/api/deadlines/notices', { ticket: row.id, kind, ...values }), `act.issue_${kind}`);
  }

  function reissue(notice) {
    ofPaper(notice.kind, `${notice.ticket} · ${notice.number}`, (values) => post(`/api/deadlines/notices/${notice.key}/reissue`, values), 'act.reissue');
  }

  function ofPaper(kind, about, send, title) {
    dialog.open({
      title: t(title),
      about,
      yes: t(title),
      fields: [textField('reason', REASON)],
      send,
      done: async ({ notice }) => {
        say(store, t('deadlines.issued', { number: notice.number }));
        await reload();
      },
      stale: reload,
    });
  }

  const because = (row, why) => `${row.id} · ${row.unit_name} · ${why}`;
  const button = (key, click, kind = '') => h('button', { type: 'button', class: kind, data: { act: key }, on: { click }, text: t(`act.${key}`) });

  /** The buttons of a line, the decision first. */
  function buttons(row) {
    const found = [];
    if (row.asked_extension) {
      const about = because(row, t('deadlines.asks', { days: row.asked_extension, why: row.asked_because }));
      const optional = { ...textField('reason', DECISION), label: t('deadlines.reason') + t('course.may_be_empty'), optional: true };
      found.push(button('grant_extension', () => ask(row, 'grant_extension', [optional], about), 'primary'));
      found.push(button('refuse_extension', () => ask(row, 'refuse_extension', [textField('reason', DECISION)], about)));
    }
    if (row.state === 'accepted') found.push(button('hand_over', () => ask(row, 'hand_over', [unitField()], row.id), 'primary'));
    if (row.state === 'returned') {
      if (row.returns >= 2) found.push(button('force', () => ask(row, 'force', [unitField(), textField('decision', DECISION)], because(row, row.returned_because)), 'primary'));
      else found.push(button('hand_over', () => ask(row, 'hand_over', [unitField()], because(row, row.returned_because)), 'primary'));
    }
    if (row.may_notice) found.push(...papers(row));
    return found;
  }

  function papers(row) {
    const valid = row.notices.filter(inForce);
    const supervision = valid.find((notice) => notice.kind === 'supervision');
    if (!supervision) return [button('issue_supervision', () => issue(row, 'supervision'))];
    const criticism = valid.find((notice) => notice.kind === 'criticism');
    const again = button('reissue', () => reissue(criticism ?? supervision));
    return criticism ? [again] : [again, button('issue_criticism', () => issue(row, 'criticism'))];
  }

  return { buttons, reissue, dialog, run, reload, units };
}

/** One dialog for everything that needs words; it stays open with what was typed until it succeeded. */
function createDialog() {
  const box = byId('act');
  let now = null;

  function open(wanted) {
    now = wanted;
    setText(byId('act-title'), wanted.title);
    setText(byId('act-about'), wanted.about ?? '');
    setText(byId('act-yes'), wanted.yes);
    byId('act-problem').hidden = true;
    fill(byId('act-fields'), wanted.fields.map(field));
    box.showModal();
    box.querySelector('select, textarea, input')?.focus();
  }

  async function send(event) {
    event.preventDefault();
    const values = Object.fromEntries(now.fields.map(({ name }) => [name, byId(`field-${name}`).value.trim()]));
    const missing = now.fields.find(({ name, optional }) => !optional && !values[name]);
    if (missing) return refuse(t('deadlines.missing', { field: missing.label }), byId(`field-${missing.name}`));
    byId('act-yes').disabled = true;
    try {
      const answer = await now.send(values);
      box.close();
      await now.done(answer);
    } catch (problem) {
      refuse(why(problem));
      if (problem.code === 'conflict') await now.stale();
    } finally {
      byId('act-yes').disabled = false;
    }
  }

  function refuse(text, element = null) {
    byId('act-problem').hidden = false;
    setText(byId('act-problem'), text);
    element?.focus();
  }

  byId('act-form').addEventListener('submit', send);
  byId('act-cancel').addEventListener('click', () => box.close());
  return { open };
}

function field({ name, label, kind, options = [], longest = 200, value = '' }) {
  const id = `field-${name}`;
  const made =
    kind === 'select' ? h('select', { id }, h('option', { value: '', text: '' }), options.map((option) => h('option', option)))
    : kind === 'text' ? h('textarea', { id, rows: 3, maxlength: longest })
    : h('input', { id, type: kind, maxlength: longest, autocomplete: 'off' });
  if (value) made.value = value;
  return [h('label', { for: id, text: label }), made];
}
