// The page's words, Chinese first; the language changes without a reload, because a reload would end a call.

let words = {};
let language = 'zh';

/** Fetch a dictionary, remember the choice, and write all fixed texts of the page. */
export async function useLanguage(next) {
  const response = await fetch(`/static/i18n/${next === 'en' ? 'en' : 'zh'}.json`);
  if (!response.ok) throw new Error(`dictionary: ${response.status}`);
  words = await response.json();
  language = next === 'en' ? 'en' : 'zh';
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.cookie = `lang=${language}; path=/; max-age=31536000; SameSite=Lax`;
  writeFixedTexts(document);
  return language;
}

export const currentLanguage = () => language;

/** The text of a key, with `{name}` replaced; an unknown key shows itself, so that it is seen and mended. */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const knows = (key) => key in words;

/** A name that the server sends in both languages, or as it is. */
export function label(name) {
  if (name === null || name === undefined) return '';
  return typeof name === 'object' ? name[language] || name.zh || '' : String(name);
}

/** What to say of a failed request: our own words for its code, else the server's sentence. */
export function explain(problem) {
  const key = `error.${problem.code}`;
  return knows(key) ? t(key) : problem.message || t('error.unknown');
}

function writeFixedTexts(root) {
  for (const element of root.querySelectorAll('[data-t]')) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll('[data-t-title]')) element.title = t(element.dataset.tTitle);
  for (const element of root.querySelectorAll('[data-t-label]')) {
    element.setAttribute('aria-label', t(element.dataset.tLabel));
  }
  for (const element of root.querySelectorAll('[data-t-placeholder]')) element.placeholder = t(element.dataset.tPlaceholder);
}
