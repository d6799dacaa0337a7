// The fields of an action's form, made from what the server says that the action must be told.

import { h } from '../dom.js';
import { t } from '../i18n.js';

const SATISFACTION = ['satisfied', 'basically', 'not'];
const WAYS = ['phone', 'message', 'letter', 'in_person'];
const LONGEST = 4000;

export function fieldFor({ name, kind, needed }, { ticket, units }) {
  const id = `field-${name}`;
  const title = `${t(`arg.${name}`)}${needed ? '' : t('course.may_be_empty')}`;
  if (kind === 'yes_no') return group(name, title, [['yes', t('course.yes')], ['no', t('course.no')]]);
  if (kind === 'satisfaction') return group(name, title, SATISFACTION.map((each) => [each, t(`satisfaction.${each}`)]));
  if (kind === 'way') return group(name, title, WAYS.map((each) => [each, t(`way.${each}`)]));
  return [h('label', { for: id, text: title }), input(kind, name, id, ticket, units)];
}

function input(kind, name, id, ticket, units) {
  if (kind === 'unit') {
    const others = units.filter((unit) => unit.id !== ticket.unit || ticket.state === 'returned');
    return h('select', { id, name }, h('option', { value: '', text: t('verb.choose_unit') }), others.map((unit) => h('option', { value: unit.id, text: unit.name })));
  }
  if (kind === 'days') return h('input', { id, name, type: 'number', min: '1', max: String(Math.max(1, ticket.extension_left)), inputmode: 'numeric', class: 'days-field' });
  if (kind === 'ticket') return h('input', { id, name, maxlength: '16', placeholder: 'T-2026-000001', autocapitalize: 'characters', autocomplete: 'off' });
  if (kind === 'line') return h('input', { id, name, maxlength: '200', autocomplete: 'off' });
  return h('textarea', { id, name, rows: '4', maxlength: String(LONGEST) });
}

function group(name, title, choices) {
  return h(
    'fieldset',
    { class: 'choice' },
    h('legend', { text: title }),
    choices.map(([value, text]) => h('label', { class: 'check' }, h('input', { type: 'radio', name, value }), text)),
  );
}

/** What was filled in, as the server wants it: numbers as numbers, yes and no as true and false. */
export function valuesOf(fields, form) {
  const data = new FormData(form);
  return Object.fromEntries(fields.map(({ name, kind }) => {
    const text = String(data.get(name) ?? '').trim();
    if (kind === 'days') return [name, /^\d+$/.test(text) ? Number(text) : null];
    if (kind === 'yes_no') return [name, text ? text === 'yes' : null];
    return [name, text];
  }));
}
