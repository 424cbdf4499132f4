/** What is left of a window; below nothing, the request was one too many. */
export interface Left {
  readonly requests: number;
  readonly ms: number;
}

/** Callers that are remembered; beyond, the window that began first is forgotten. */
const MAX_CALLERS = 100_000;

/**
 * Counts requests in this process, in windows that begin with the first of a caller. Without a promise, which the
 * limiters for stores need: this one stands in the way of every request.
 */
export class MemoryWindows {
  private readonly windows = new Map<string, { count: number; endsAt: number }>();

  constructor(
    private readonly points: number,
    private readonly seconds: number,
  ) {}

  take(caller: string): Left {
    const now = Date.now();
    let window = this.windows.get(caller);
    if (!window || now >= window.endsAt) window = this.begin(caller, now);
    window.count += 1;
    return { requests: this.points - window.count, ms: window.endsAt - now };
  }

  /** A map keeps the order of insertion, which is that of the windows' ends. */
  private begin(caller: string, now: number) {
    this.windows.delete(caller);
    if (this.windows.size >= MAX_CALLERS) {
      const [first] = this.windows.keys();
      this.windows.delete(first!);
    }
    const window = { count: 0, endsAt: now + this.seconds * 1000 };
    this.windows.set(caller, window);
    return window;
  }
}
