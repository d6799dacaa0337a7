// The ticket's form: it shows the draft and writes into it; what is on the server is decided in draft.js.

import { byId, fill, h, setText } from '../dom.js';
import { emptyFields } from '../draft.js';
import { explain, label, t } from '../i18n.js';
import { clockTime } from '../time.js';
import { attachCombobox } from './combobox.js';

const TEXTS = ['place', 'what', 'unit', 'citizen_name'];

/** `save(answered)` hands the ticket over or closes it. */
export function showTicket(store, draft, { save }) {
  const topicName = (id) => label(store.get().topics.find((topic) => topic.id === id)?.name);
  wireFields(store, draft, topicName);
  byId('ticket-form').addEventListener('submit', (event) => {
    event.preventDefault();
    save(false);
  });
  byId('save-answered').addEventListener('click', () => save(true));
  byId('clear').addEventListener('click', () => clear(draft));
  byId('undo').addEventListener('click', () => undo(draft));

  store.watch((state) => [state.draft, state.lang, state.topics, state.saving], (state) => {
    showFields(state, topicName);
    showStatus(state);
    showConflict(state, draft, topicName);
  });
}

/** Take a suggestion over: its topic, and the unit that handles it. */
export function acceptSuggestion(store, draft, { topic }) {
  const known = store.get().topics.find((each) => each.id === topic);
  if (known) chooseTopic(draft, known);
}

function chooseTopic(draft, topic) {
  const { unit, topic: before } = draft.view().fields;
  draft.write({ topic: topic.id, unit: topic.unit || unit }, { undo: before !== topic.id ? { topic: before, unit } : null });
}

function wireFields(store, draft, topicName) {
  for (const radio of document.getElementsByName('kind')) {
    radio.addEventListener('change', () => draft.write({ kind: radio.value }));
  }
  // Kept from the units, or given to them: never both.
  byId('confidential').addEventListener('change', ({ target }) => draft.write({ confidential: target.checked, ...(target.checked && { share_number: false }) }));
  byId('share_number').addEventListener('change', ({ target }) => draft.write({ share_number: target.checked, ...(target.checked && { confidential: false }) }));
  for (const name of ['what', 'citizen_name']) {
    const write = (event) => event.isComposing || draft.write({ [name]: event.target.value });
    byId(name).addEventListener('input', write);
    byId(name).addEventListener('compositionend', write);
  }
  attachCombobox(byId('topic'), {
    options: () => store.get().topics.map((topic) => ({
      value: topic,
      text: label(topic.name),
      hint: [label(topic.category_name), topicName(topic.parent)].filter(Boolean).join(' · '),
      find: [topic.name.zh, topic.name.en.toLowerCase(), ...topic.sounds, ...topic.words],
    })),
    onChoose: (topic) => {
      chooseTopic(draft, topic);
      byId('topic').value = topicName(topic.id);
    },
  });
  byId('topic').addEventListener('blur', () => {
    // An emptied field means no topic; anything half typed goes back to what is chosen.
    if (!byId('topic').value.trim()) draft.write({ topic: '' });
    byId('topic').value = topicName(draft.view()?.fields.topic ?? '');
  });
  free('place', () => store.get().places.map((place) => option(place.name, place.within, [...place.also, ...place.sounds])));
  free('unit', () => [...new Set(store.get().topics.map((topic) => topic.unit))].map((unit) => option(unit, '')));

  function free(name, options) {
    const write = (value) => draft.write({ [name]: value });
    attachCombobox(byId(name), { options, onChoose: write, onText: write });
  }
}

const option = (name, hint, find = []) => ({ value: name, text: name, hint, find: [name, ...find] });

function showFields({ draft, saving }, topicName) {
  const form = byId('ticket-form');
  const locked = !draft || draft.state !== 'draft' || saving;
  for (const control of form.elements) if (control.id !== 'undo') control.disabled = locked;
  byId('undo').hidden = !draft?.undo;
  if (!draft) return;
  const { fields, problems } = draft;
  for (const radio of document.getElementsByName('kind')) radio.checked = radio.value === fields.kind;
  byId('confidential').checked = fields.confidential;
  byId('share_number').checked = fields.share_number;
  for (const name of TEXTS) {
    const input = byId(name);
    if (input.value !== fields[name]) input.value = fields[name];
  }
  const topic = byId('topic');
  if (document.activeElement !== topic) topic.value = topicName(fields.topic);
  for (const field of form.querySelectorAll('[data-field]')) showProblem(field, problems[field.dataset.field]);
}

function showProblem(field, problem) {
  let line = field.querySelector('.field-problem');
  field.classList.toggle('wrong', Boolean(problem));
  const input = field.querySelector('input, textarea');
  input.setAttribute('aria-invalid', String(Boolean(problem)));
  if (!problem) {
    line?.remove();
    return input.removeAttribute('aria-describedby');
  }
  line ??= field.appendChild(h('p', { class: 'field-problem', id: `problem-${field.dataset.field}` }));
  setText(line, t(`problem.${problem}`));
  return input.setAttribute('aria-describedby', line.id);
}

function showStatus({ draft, saving }) {
  const box = byId('draft-status');
  box.dataset.status = draft?.status ?? '';
  if (!draft || draft.status === 'empty') return setText(box, '');
  if (draft.state !== 'draft') return setText(box, t('draft.closed', { id: draft.ticketId ?? '' }));
  if (saving) return setText(box, t('draft.handing_over'));
  const reason = draft.refusal ? explain(draft.refusal) : '';
  return setText(box, t(`draft.${draft.status}`, { time: draft.savedAt ? clockTime(draft.savedAt) : '', reason }));
}

function showConflict({ draft }, own, topicName) {
  const box = byId('conflict');
  box.hidden = draft?.status !== 'conflict';
  if (box.hidden) return fill(box);
  const { fields, theirs } = draft;
  const shown = (name, value) => {
    if (name === 'topic') return topicName(value);
    if (name === 'kind') return value && t(`kind.${value}`);
    return typeof value === 'boolean' ? t(value ? 'yes' : 'no') : value;
  };
  const differing = Object.keys(fields).filter((name) => fields[name] !== theirs.fields[name]);
  const row = (name) =>
    h('tr', {}, h('th', { text: t(`ticket.${name}`) }), h('td', { text: shown(name, fields[name]) || '–' }), h('td', { text: shown(name, theirs.fields[name]) || '–' }));
  return fill(
    box,
    h('p', { text: t('conflict.note') }),
    h('table', {}, h('tr', {}, h('td'), h('th', { text: t('conflict.mine') }), h('th', { text: t('conflict.theirs') })), differing.map(row)),
    h('button', { type: 'button', class: 'primary', on: { click: () => own.resolve('mine') }, text: t('conflict.keep_mine') }),
    h('button', { type: 'button', on: { click: () => own.resolve('theirs') }, text: t('conflict.take_theirs') }),
  );
}

function clear(draft) {
  const { fields } = draft.view();
  draft.write(emptyFields(), { undo: fields });
}

function undo(draft) {
  const before = draft.view()?.undo;
  if (before) draft.write(before);
}
