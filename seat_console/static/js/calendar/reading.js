// Reads the file of a yearly arrangement in the browser, and says what the server found wrong with it.

import { explain, t } from '../i18n.js';

const LARGEST = 48 * 1024; // a year takes 5 kB; escaped in the request it is longer

/** The file as text, or the reason why it cannot be one. */
export async function readFile(file) {
  if (!file) return { text: '', reason: '' };
  if (file.size > LARGEST) return { text: '', reason: t('calendar_problem.large', { kb: Math.ceil(file.size / 1024) }) };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer()), reason: '' };
  } catch {
    return { text: '', reason: t('calendar_problem.not_utf8') };
  }
}

// The server's sentence, and how we say it: values by the place of the parentheses.
const SENTENCES = [
  [/^line (\d+), column (\d+): (.*)$/, 'calendar_problem.syntax', ['line', 'column', 'why']],
  [/^unknown: (.*)$/, 'calendar_problem.unknown_keys', ['keys']],
  [/^missing: (.*)$/, 'calendar_problem.missing_keys', ['keys']],
  [/^year: must be/, 'calendar_problem.year', []],
  [/^papers: /, 'calendar_problem.papers', []],
  [/^days: must be/, 'calendar_problem.days', []],
  [/^day (\d+): must have/, 'calendar_problem.day_keys', ['number']],
  [/^day (\d+): name/, 'calendar_problem.day_name', ['number']],
  [/^day (\d+): isOffDay/, 'calendar_problem.day_off', ['number']],
  [/^day (\d+): date must be a day as 2026-02-14, not (.*)$/, 'calendar_problem.day_date', ['number', 'given']],
  [/^(\S+) is there twice, off and worked$/, 'calendar_problem.both', ['day']],
  [/^(\S+) is there twice$/, 'calendar_problem.twice', ['day']],
  [/^'(.*)' is there twice in one object$/, 'calendar_problem.key_twice', ['keys']],
  [/^(\S+) does not belong to (\d+)$/, 'calendar_problem.wrong_year', ['day', 'year']],
  [/^(\S+) needs a name/, 'calendar_problem.needs_name', ['day']],
  [/^(\S+) is not off: .* of (\d+)$/, 'calendar_problem.not_whole', ['day', 'year']],
  [/^(\S+): the arrangements of (.*) contradict/, 'calendar_problem.contradicts', ['day', 'years']],
  [/^(\d+) has no days/, 'calendar_problem.no_days', ['year']],
  [/^(not the JSON|must be an object)/, 'calendar_problem.no_arrangement', []],
  [/^longer than/, 'calendar_problem.no_arrangement', []],
];

/** What to say of a refused arrangement: where it is wrong, in the page's language. */
export function problemText(problem) {
  for (const [pattern, key, names] of SENTENCES) {
    const found = problem.code === 'invalid' && pattern.exec(problem.message);
    if (found) return t(key, Object.fromEntries(names.map((name, index) => [name, found[index + 1]])));
  }
  return problem.code === 'invalid' ? problem.message : explain(problem);
}
