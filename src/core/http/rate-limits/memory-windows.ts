import { LRUCache } from 'lru-cache';

/** What is left of a window; below nothing, the request was one too many. */
export interface Left {
  readonly requests: number;
  readonly ms: number;
}

/** Callers that are remembered; beyond, whoever asked longest ago begins anew. */
const MAX_CALLERS = 100_000;

/**
 * Counts requests in this process, in windows that begin with the first of a caller. Without a promise, which the
 * limiters for stores need: this one stands in the way of every request.
 */
export class MemoryWindows {
  private readonly windows = new LRUCache<string, { count: number; endsAt: number }>({ max: MAX_CALLERS });

  constructor(
    private readonly points: number,
    private readonly seconds: number,
  ) {}

  take(caller: string): Left {
    const now = Date.now();
    let window = this.windows.get(caller);
    if (!window || now >= window.endsAt) {
      window = { count: 0, endsAt: now + this.seconds * 1000 };
      this.windows.set(caller, window);
    }
    window.count += 1;
    return { requests: this.points - window.count, ms: window.endsAt - now };
  }
}
