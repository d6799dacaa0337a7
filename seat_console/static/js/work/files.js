// Files of an answer: chosen, carried with their progress seen, taken away again, and listed where they were sent.

import { get } from '../api.js';
import { byId, fill, h } from '../dom.js';
import { explain, knows, t } from '../i18n.js';

const LARGEST = 20 * 1024 * 1024;
const size = (bytes) => (bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} kB`);

/** The files of one ticket: `state()` lists them, `ready()` are the keys to send, null while one is on its way. */
export function createFiles(ticket, changed) {
  let known = [];
  let coming = []; // {name, size, share, problem}
  const path = `/api/tickets/${ticket}/files`;
  const upload = `/api/work/${ticket}/files`;

  async function load() {
    known = (await get(path)).files;
    changed();
  }

  function add(file) {
    const entry = { name: file.name, size: file.size, share: 0, problem: '' };
    coming = [...coming, entry];
    if (file.size > LARGEST) entry.problem = t('file.too_large');
    else carry(file, entry);
    changed();
  }

  function carry(file, entry) {
    const request = new XMLHttpRequest();
    request.open('POST', `${upload}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = (event) => {
      entry.share = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
      changed();
    };
    request.onload = () => {
      if (request.status === 201) {
        coming = coming.filter((each) => each !== entry);
        known = [...known, request.response.file];
      } else entry.problem = words(request.response?.error);
      changed();
    };
    request.onerror = request.ontimeout = () => {
      entry.problem = t('error.away');
      changed();
    };
    request.timeout = 300_000;
    request.send(file);
  }

  const words = (error) => (error?.reason && knows(`file.${error.reason}`) ? t(`file.${error.reason}`) : explain({ code: error?.code ?? 'unknown', message: error?.message }));

  async function remove(key) {
    const answer = await fetch(`${upload}/${key}`, { method: 'DELETE', signal: AbortSignal.timeout(8000) }).catch(() => null);
    if (answer?.ok || answer?.status === 404) known = known.filter((file) => file.key !== key);
    changed();
  }

  const link = (file) => h('a', { href: `${path}/${file.key}`, target: '_blank', rel: 'noopener', text: file.name });

  /** The rows in the form: what is to be sent, and what is on its way. */
  function drawForm() {
    const waiting = known.filter((file) => !file.sent);
    fill(
      byId('file-rows'),
      waiting.map((file) => h('li', { class: 'line' }, link(file), h('small', { class: 'muted num', text: size(file.size) }), h('button', { type: 'button', class: 'quiet end', on: { click: () => remove(file.key) }, text: t('file.remove') }))),
      coming.map((entry) =>
        h(
          'li',
          { class: 'line' },
          h('span', { text: entry.name }),
          entry.problem ? h('span', { class: 'problem', role: 'alert', text: entry.problem }) : h('progress', { max: '100', value: String(entry.share) }),
          entry.problem ? h('button', { type: 'button', class: 'quiet end', on: { click: () => { coming = coming.filter((each) => each !== entry); changed(); } }, text: t('file.dismiss') }) : null,
        ),
      ),
    );
  }

  return {
    load,
    add,
    drawForm,
    sent: () => known.filter((file) => file.sent).map((file) => h('li', { class: 'line' }, link(file), h('small', { class: 'muted num', text: size(file.size) }))),
    ready: () => (coming.some((entry) => !entry.problem) ? null : known.filter((file) => !file.sent).map((file) => file.key)),
  };
}
