// What every page without a live link begins with: its language, its store, messages, the language button.

import { byId, setText } from './dom.js';
import { currentLanguage, t, useLanguage } from './i18n.js';
import { showNotices } from './panels/notices.js';
import { createStore } from './store.js';

/** Make the page's store; `lang` is in it and changes with the button. */
export async function startPage(initial) {
  const lang = await useLanguage(document.documentElement.lang.startsWith('en') ? 'en' : 'zh');
  const store = createStore({ said: null, ...initial, lang });
  byId('language').addEventListener('click', async () => {
    const next = await useLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
    setText(byId('language'), t('bar.other_language'));
    store.set({ lang: next });
  });
  for (const link of document.querySelectorAll('.pages a')) {
    if (link.getAttribute('href') === location.pathname) link.setAttribute('aria-current', 'page');
  }
  showNotices(store);
  return store;
}

/** Ask before something that is not easily undone; true when the person said yes. */
export function ask(text, yes) {
  const dialog = byId('ask');
  setText(byId('ask-text'), text);
  setText(byId('ask-yes'), yes);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
