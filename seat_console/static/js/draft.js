// The ticket being written: on the server within a second of a keystroke, in this tab's storage until it is there.

const PAUSE_MS = 300;
const LONGEST_MS = 700; // the save itself has to fit into the second too
const RETRY_MS = [1000, 2000, 4000, 5000];
const EMPTY = { kind: '', topic: '', place: '', what: '', unit: '', citizen_name: '', confidential: false, share_number: false };

export const emptyFields = () => ({ ...EMPTY });
const same = (a, b) => Object.keys(EMPTY).every((name) => a[name] === b[name]);
const known = (fields) => Object.fromEntries(Object.keys(EMPTY).map((name) => [name, fields?.[name] ?? EMPTY[name]]));

/**
 * Keep one call's draft. `put(callId, body, options)` sends it; `onChange(view)` tells the page.
 * The view's `status`: empty, typing, saving, saved, kept (server away; here only), conflict, refused, closed.
 */
export function createDraft({ put, onChange, storage = sessionStorage }) {
  let draft = null;
  let pause = null;
  let latest = null; // when the oldest unsent keystroke has to leave
  let retries = 0;
  let flying = null;

  const key = (callId) => `draft:${callId}`;
  const view = () => draft && { ...draft, fields: { ...draft.fields } };
  const dirty = () => Boolean(draft) && !same(draft.fields, draft.sent);

  function change(patch) {
    if (!draft) return;
    draft = { ...draft, ...patch };
    onChange(view());
  }

  function remember() {
    const { callId, fields, version } = draft;
    try {
      if (dirty()) storage.setItem(key(callId), JSON.stringify({ fields, version }));
      else storage.removeItem(key(callId));
    } catch {
      // storage full or forbidden: the server still gets it
    }
  }

  function recall(callId) {
    try {
      const kept = JSON.parse(storage.getItem(key(callId)) || 'null');
      return kept && typeof kept.version === 'number' ? { fields: known(kept.fields), version: kept.version } : null;
    } catch {
      return null;
    }
  }

  /** Take up a call; `ticket` is the server's {version, fields, saved_at, state}, or null when it knows none. */
  function open(callId, ticket, { send = true } = {}) {
    if (draft?.callId === callId) return refresh(ticket, send);
    stopTimers();
    const fields = known(ticket?.fields);
    draft = {
      callId,
      version: ticket?.version ?? 0,
      fields,
      sent: fields,
      savedAt: ticket?.saved_at ?? null,
      state: ticket?.state ?? 'draft',
      ticketId: ticket?.id ?? null,
      status: ticket?.saved_at ? 'saved' : 'empty',
      problems: {},
      theirs: null,
      undo: null,
      send,
    };
    const kept = recall(callId);
    if (kept && !same(kept.fields, fields)) {
      if (kept.version === draft.version) draft = { ...draft, fields: kept.fields, status: 'typing' };
      else draft = { ...draft, fields: kept.fields, status: 'conflict', theirs: { version: draft.version, fields } };
    }
    onChange(view());
    if (draft.status === 'typing') schedule();
  }

  /** The server's view of the same ticket came again: newer and we wrote nothing, so show it. */
  function refresh(ticket, send) {
    const wasHeldBack = !draft.send && send;
    if (draft.send !== send) change({ send });
    if (ticket && ticket.version > draft.version && !dirty() && !flying) {
      const fields = known(ticket.fields);
      change({ fields, sent: fields, version: ticket.version, savedAt: ticket.saved_at, status: 'saved' });
    }
    if (ticket && ticket.version >= draft.version && (ticket.state !== draft.state || (ticket.id ?? null) !== draft.ticketId)) {
      change({ state: ticket.state, ticketId: ticket.id ?? null });
    }
    if (wasHeldBack && dirty()) schedule();
  }

  function close() {
    stopTimers();
    draft = null;
    onChange(null);
  }

  function write(patch, { undo = null } = {}) {
    if (!draft) return;
    const fields = { ...draft.fields, ...patch };
    if (same(fields, draft.fields)) return;
    const problems = { ...draft.problems };
    for (const name of Object.keys(patch)) delete problems[name];
    change({ fields, problems, undo, status: draft.status === 'conflict' ? 'conflict' : 'typing' });
    remember();
    schedule();
  }

  function schedule() {
    if (!draft || draft.status === 'conflict' || !draft.send) return;
    const now = Date.now();
    latest ??= now + LONGEST_MS;
    clearTimeout(pause);
    pause = setTimeout(() => save(), Math.max(0, Math.min(PAUSE_MS, latest - now)));
  }

  function stopTimers() {
    clearTimeout(pause);
    latest = null;
    retries = 0;
  }

  /** Send what is unsent; resolves when the server has everything or it could not be done now. */
  async function save() {
    clearTimeout(pause);
    if (!draft || draft.status === 'conflict' || !draft.send) return;
    if (flying) {
      await flying;
      return save();
    }
    if (!dirty()) return;
    latest = null;
    flying = attempt(draft.callId, draft.fields, draft.version).finally(() => {
      flying = null;
    });
    await flying;
    if (draft?.status === 'typing' && dirty()) await save();
  }

  async function attempt(callId, fields, version) {
    change({ status: 'saving' });
    try {
      const { version: stored, saved_at } = await put(callId, { version, fields });
      if (draft?.callId !== callId) return;
      retries = 0;
      change({ version: stored, sent: fields, savedAt: saved_at });
      change({ status: dirty() ? 'typing' : 'saved' });
      remember();
    } catch (problem) {
      if (draft?.callId === callId) failed(problem, fields);
    }
  }

  function failed(problem, sent) {
    const stored = problem.body?.stored;
    if (problem.status === 409 && stored) {
      // An answer that got lost on its way looks like somebody else's save; ours is ours.
      if (same(known(stored.fields), sent)) {
        change({ version: stored.version, sent, savedAt: stored.saved_at, status: 'typing' });
        change({ status: dirty() ? 'typing' : 'saved' });
        return remember();
      }
      return change({ status: 'conflict', theirs: { version: stored.version, fields: known(stored.fields) } });
    }
    if (problem.status === 422 || problem.status === 400 || problem.status === 403) {
      return change({ status: 'refused', problems: problem.fields, refusal: problem });
    }
    change({ status: 'kept', refusal: problem });
    pause = setTimeout(() => save(), RETRY_MS[Math.min(retries++, RETRY_MS.length - 1)]);
  }

  /** End a conflict with ours or theirs. */
  function resolve(whose) {
    if (draft?.status !== 'conflict') return;
    const { version, fields } = draft.theirs;
    if (whose === 'theirs') change({ fields, sent: fields, version, theirs: null, status: 'saved' });
    else change({ version, sent: fields, theirs: null, status: 'typing' });
    remember();
    schedule();
  }

  /** The page goes away: what is not yet sent leaves with it. */
  function flushNow() {
    if (!dirty() || draft.status === 'conflict' || !draft.send || flying) return;
    put(draft.callId, { version: draft.version, fields: draft.fields }, { keepalive: true }).catch(() => {});
  }

  const hasText = () => Boolean(draft) && !same(draft.fields, EMPTY);

  return { open, close, write, save, resolve, flushNow, view, dirty, hasText, refuse: (problems) => change({ problems }) };
}
