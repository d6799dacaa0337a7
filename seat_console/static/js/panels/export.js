// The list that a page shows, as a file: ordered, watched while it is made, cancelled, taken home.

import { get, post } from '../api.js';
import { byId, fill, h } from '../dom.js';
import { explain, t } from '../i18n.js';
import { say } from './notices.js';

const EVERY_MS = 700;
const ACTIVE = ['waiting', 'running'];
const FORMATS = { csv: 'CSV', xlsx: 'Excel' };

/** `wanted` reads from the store's state which list is meant, {list, query}; null when there is nothing in it. */
export function showExport(store, wanted) {
  store.set({ file: null, ordered: null });
  const asked = (state) => JSON.stringify(wanted(state));
  store.watch((state) => [state.file, asked(state), state.lang], (state) => fill(byId('export'), parts(store, state, wanted(state))));
  resume(store);
}

/** One that was ordered before this page was loaded goes on being watched. */
async function resume(store) {
  const found = await get('/api/exports').catch(() => ({ exports: [] }));
  const active = found.exports.find((each) => ACTIVE.includes(each.state));
  if (active) watch(store, active);
}

async function order(store, format, wanted) {
  store.set({ ordered: JSON.stringify(wanted) });
  try {
    watch(store, (await post('/api/exports', { format, ...wanted })).export);
  } catch (problem) {
    say(store, problem.code === 'conflict' ? t('export.busy') : explain(problem), 'bad');
  }
}

async function watch(store, first) {
  let file = first;
  store.set({ file });
  while (ACTIVE.includes(file.state)) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    file = (await get(`/api/exports/${file.id}`).catch(() => null))?.export ?? file;
    if (store.get().file?.id !== file.id) return;
    store.set({ file });
  }
  if (file.state === 'failed') say(store, t('export.failed'), 'bad');
}

async function cancel(store, file) {
  await post(`/api/exports/${file.id}/cancel`, {}).catch(() => null);
  store.set({ file: null });
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Which list it is of: it may have been ordered on another page. */
function nameOf({ query }) {
  return query.list === 'deadlines' ? t(`figure.${query.what}`) : t(`export.of_${query.list ?? 'search'}`);
}

function parts(store, { file, ordered }, wanted) {
  if (file && ACTIVE.includes(file.state)) {
    return [
      h('span', { class: 'muted num', text: t('export.making', { name: nameOf(file), rows: file.rows.toLocaleString('en') }) }),
      h('progress', { max: 100, value: file.share, 'aria-label': t('export.progress') }),
      h('button', { type: 'button', on: { click: () => cancel(store, file) }, text: t('export.cancel') }),
    ];
  }
  const name = (each) => t('export.order', { format: FORMATS[each] });
  const order_ = (each) => h('button', { type: 'button', disabled: !wanted, data: { format: each }, on: { click: () => order(store, each, wanted) }, text: name(each) });
  const isOfThis = !ordered || ordered === JSON.stringify(wanted); // who asks for something else is not offered what he asked before
  return [file?.state === 'done' && isOfThis ? ready(file) : null, order_('xlsx'), order_('csv')];
}

function ready(file) {
  const said = { name: nameOf(file), rows: file.rows.toLocaleString('en'), size: size(file.size), format: FORMATS[file.format] };
  return h('a', { class: 'button', id: 'download', href: `/api/exports/${file.id}/file`, download: '', text: t('export.download', said) });
}
