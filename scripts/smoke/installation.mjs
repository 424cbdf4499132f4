// The installation that a smoke test asks, and what it has learnt of it so far.
const REQUEST_WITHIN_MS = 10_000;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** The origin of an address that may be given a password; undefined for every other text. */
export function addressOf(text) {
  const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : null);
  if (!url || url.username || url.password) return undefined;
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  return safe ? url.origin : undefined;
}

export class Installation {
  constructor(origin, { email, password, version, revision, withinMs = 60_000, settleMs = 0 }) {
    this.origin = origin;
    this.email = email;
    this.password = password;
    /** What should run; undefined when any will do. */
    this.wanted = Object.entries({ version, revision });
    this.settleMs = settleMs;
    this.token = undefined;
    // For everything together: a pipeline waits for this.
    this.until = performance.now() + withinMs;
  }

  /** Milliseconds until time is up for everything; 0 when it is. */
  get left() {
    return Math.max(0, Math.floor(this.until - performance.now()));
  }

  /** Sends one request, follows no redirect, and answers `{ status, headers, body }` with the body parsed. */
  async ask(method, path, { json, headers = {} } = {}) {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(Math.min(REQUEST_WITHIN_MS, this.left)),
      headers: {
        'user-agent': 'keelson-smoke',
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      body: json === undefined ? undefined : JSON.stringify(json),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }

  /** The same; throws when the status is another, with the code of the problem that came instead. */
  async expect(status, method, path, options) {
    const answer = await this.ask(method, path, options);
    if (answer.status === status) return answer;
    const code = answer.body?.code ? ` ${answer.body.code}` : '';
    throw new Error(`${method} ${path} answered ${answer.status}${code}, not ${status}`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
