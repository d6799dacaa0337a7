// Requests to the server: JSON only, with a time-out, and failures as one kind of error.

const TIMEOUT_MS = 8000;

/** `code`: what went wrong in one word; `away`: the server was not reached or not able, so trying again makes sense. */
export class RequestFailed extends Error {
  constructor(status, body) {
    super(body?.message || `HTTP ${status}`);
    this.status = status;
    this.code = body?.code || (status === 0 ? 'away' : 'unknown');
    this.fields = body?.fields || {};
    this.body = body || {};
    this.away = status === 0 || status === 429 || status >= 500;
  }
}

async function request(method, path, body, options = {}) {
  const headers = { Accept: 'application/json', ...options.headers };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      keepalive: Boolean(options.keepalive),
      cache: 'no-store',
      signal: AbortSignal.timeout(options.timeout ?? TIMEOUT_MS),
    });
  } catch {
    throw new RequestFailed(0, null);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new RequestFailed(response.status, answer?.error);
  return answer;
}

export const get = (path, options) => request('GET', path, undefined, options);
export const post = (path, body, options) => request('POST', path, body, options);
export const put = (path, body, options) => request('PUT', path, body, options);

/** This page's name: a reconnecting page is recognised by it, and two pages never share it. */
export const PAGE = crypto.randomUUID();

/** Tells the server which page asks: only one page may act for a seat. */
export const FROM_THIS_PAGE = { headers: { 'X-Hotline-Page': PAGE } };
