// One matter a page: read it, and do one of the verbs; what was typed is kept until the server has it.

import { post } from './api.js';
import { byId, fill, setText } from './dom.js';
import { explain, knows, t } from './i18n.js';
import { createLink } from './link.js';
import { startPage } from './page.js';
import { say } from './panels/notices.js';
import { draftOf } from './work/draft.js';
import { createFiles } from './work/files.js';
import { FINAL, WITH_FILES, fieldsFor, noteFor, verbButtons } from './work/verbs.js';
import { showLog, showMatter } from './work/show.js';

const UNDO_MS = 6000;
const { ticket, account } = document.body.dataset;
const url = `/api/work/${ticket}`;
const store = await startPage({ matter: null, units: [], link: 'connecting', minute: 0, waiting: null });
const files = createFiles(ticket, drawFiles);
let doing = null; // the verb whose form is open: {action, draft}

function drawFiles() {
  files.drawForm();
  const sent = files.sent();
  byId('sent-files').hidden = !sent.length;
  fill(byId('sent-rows'), sent);
}

function problemWords(failure) {
  if (failure.code === 'incomplete') return Object.values(failure.fields).map((reason) => t(`problem.${reason}`)).join(' ');
  const reason = failure.body.reason;
  return reason && knows(`refused.${reason}`) ? t(`refused.${reason}`) : explain(failure);
}

function values() {
  const found = Object.fromEntries(new FormData(byId('act-form')).entries());
  if ('days' in found) found.days = Number(found.days) || 0;
  return found;
}

function open(action) {
  if (action === 'sign') return void send(action, {}, []);
  const { matter, units } = store.get();
  const draft = draftOf(account, ticket, action);
  doing = { action, draft };
  setText(byId('act-title'), t(`verb.${action}_title`));
  setText(byId('act-note'), noteFor(action, matter));
  setText(byId('act-send'), t(`verb.${action}_send`));
  fill(byId('act-fields'), fieldsFor(action, matter, units));
  const kept = draft.read();
  for (const [name, value] of Object.entries(kept ?? {})) if (byId('act-form').elements[name]) byId('act-form').elements[name].value = value;
  setText(byId('act-kept'), kept ? t('matter.draft_back') : '');
  showProblem('');
  byId('act-files').hidden = !WITH_FILES.has(action);
  byId('act').showModal();
  byId('act-fields').querySelector('textarea, select, input')?.focus();
}

function showProblem(text) {
  byId('act-problem').hidden = !text;
  setText(byId('act-problem'), text);
}

/** Send after a moment in which it can be taken back, when it is final. */
function submit(event) {
  event.preventDefault();
  const { action, draft } = doing;
  const args = values();
  const empty = [...byId('act-fields').querySelectorAll('textarea, select')].find((field) => !field.value.trim());
  if (empty) {
    showProblem(t('problem.required'));
    return void empty.focus();
  }
  const sending = WITH_FILES.has(action) ? files.ready() : [];
  if (!sending) return showProblem(t('file.wait'));
  draft.keep(args);
  byId('act').close();
  if (!FINAL.has(action)) return void send(action, args, []);
  const timer = setTimeout(flush, UNDO_MS);
  store.set({ waiting: { action, args, files: sending, timer } });
}

function flush(keepalive = false) {
  const { waiting } = store.get();
  if (!waiting) return;
  clearTimeout(waiting.timer);
  store.set({ waiting: null });
  send(waiting.action, waiting.args, waiting.files, keepalive === true);
}

function undo() {
  const { action, timer } = store.get().waiting;
  clearTimeout(timer);
  store.set({ waiting: null });
  open(action);
}

async function send(action, args, sending, keepalive = false) {
  const draft = draftOf(account, ticket, action);
  try {
    const { matter } = await post(`${url}/actions`, { version: store.get().matter.version, action, args, files: sending }, { keepalive });
    draft.forget();
    store.set({ matter });
    say(store, t(`verb.${action}_done`));
    if (sending.length) files.load().catch(() => {});
  } catch (failure) {
    if (failure.status === 401) store.set({ link: 'signed_out' });
    if (failure.status === 409) await link.refetch();
    if (action === 'sign') return say(store, problemWords(failure), 'bad');
    if (!byId('act').open) open(action);
    showProblem(problemWords(failure));
  }
}

byId('act-form').addEventListener('submit', submit);
byId('act-form').addEventListener('input', () => {
  if (doing) setText(byId('act-kept'), doing.draft.keep(values()) ? t('matter.draft_kept') : '');
});
byId('act-cancel').addEventListener('click', () => byId('act').close());
byId('file').addEventListener('change', () => {
  for (const file of byId('file').files) files.add(file);
  byId('file').value = '';
});
byId('undo').addEventListener('click', undo);
addEventListener('pagehide', () => flush(true));

store.watch((state) => [state.matter, state.units, state.waiting, state.lang, state.minute], ({ matter, waiting }) => {
  if (!matter) return;
  fill(byId('matter'), showMatter(matter));
  fill(byId('log'), showLog(matter));
  byId('course').hidden = false;
  fill(byId('verbs'), waiting ? [] : verbButtons(matter, open));
});
store.watch((state) => [state.waiting, state.lang], ({ waiting }) => {
  byId('undo-bar').hidden = !waiting;
  if (waiting) setText(byId('undo-text'), t(`verb.${waiting.action}_soon`));
});
store.watch((state) => [state.link, state.lang], (state) => {
  if (state.link !== 'gone') return;
  fill(byId('verbs'));
  byId('course').hidden = true;
  setText(byId('matter'), t('matter.gone'));
});
const link = createLink({
  snapshot: () => url,
  onLink: (state) => store.set({ link: state }),
  onSnapshot: ({ matter, units }) => {
    store.set({ matter, units });
    files.load().catch(() => {});
  },
  onEvent: (message) => message.ticket_id === ticket && link.refetch(),
  onHealth: () => {},
});
setInterval(() => store.set({ minute: store.get().minute + 1 }), 30_000);
