// Open tickets that may be the same matter: a look, and one click to make them one job.

import { h } from '../dom.js';
import { label, t } from '../i18n.js';
import { dayTime } from '../time.js';

export function similarRows({ similar, topics }, merge) {
  return similar.map((each) => h(
    'li',
    {},
    h('a', { class: 'num', href: `/tickets/${each.id}`, text: each.id }),
    h('span', { class: 'muted', text: [label(topics[each.topic] ?? each.topic), each.place, dayTime(each.accepted_at)].filter(Boolean).join(' · ') }),
    h('span', { class: 'what', text: each.what }),
    h('span', { class: 'num', text: `${Math.round(each.likeness * 100)}%` }),
    h('button', { type: 'button', class: 'small', on: { click: () => merge(each.id) }, text: t('similar.merge') }),
  ));
}
