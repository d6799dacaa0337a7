// The list as a file: ordered, watched while it is made, cancelled, taken home.

import { get, post } from '../api.js';
import { byId, fill, h } from '../dom.js';
import { explain, t } from '../i18n.js';
import { say } from '../panels/notices.js';

const EVERY_MS = 700;
const ACTIVE = ['waiting', 'running'];
const FORMATS = { csv: 'CSV', xlsx: 'Excel' };

export function showExport(store) {
  store.set({ file: null });
  store.watch((state) => [state.file, state.rows, state.lang], (state) => fill(byId('export'), parts(store, state)));
  resume(store);
}

/** One that was ordered before this page was loaded goes on being watched. */
async function resume(store) {
  const found = await get('/api/exports').catch(() => ({ exports: [] }));
  const active = found.exports.find((each) => ACTIVE.includes(each.state));
  if (active) watch(store, active);
}

async function order(store, format) {
  try {
    watch(store, (await post('/api/exports', { format, query: store.get().query })).export);
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

function parts(store, { file, rows }) {
  if (file && ACTIVE.includes(file.state)) {
    return [
      h('span', { class: 'muted num', text: t('export.making', { rows: file.rows.toLocaleString('en') }) }),
      h('progress', { max: 100, value: file.share, 'aria-label': t('export.progress') }),
      h('button', { type: 'button', on: { click: () => cancel(store, file) }, text: t('export.cancel') }),
    ];
  }
  const name = (each) => t('export.order', { format: FORMATS[each] });
  const order_ = (each) => h('button', { type: 'button', disabled: !rows?.length, data: { format: each }, on: { click: () => order(store, each) }, text: name(each) });
  const said = { rows: file?.rows.toLocaleString('en'), size: size(file?.size ?? 0), format: FORMATS[file?.format] };
  const ready = h('a', { class: 'button', id: 'download', href: `/api/exports/${file?.id}/file`, download: '', text: t('export.download', said) });
  return [file?.state === 'done' ? ready : null, order_('xlsx'), order_('csv')];
}
