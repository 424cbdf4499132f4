import { Injectable, Logger } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

/** A check that takes longer has failed, and a result serves everyone who asks within this time; milliseconds. */
const TIMEOUT_MS = 1000;
const CACHE_MS = 1000;

export interface HealthCheck {
  /** `database`, `redis`: the thing that is looked at. */
  readonly name: string;
  /** Without it the process cannot serve, so it is not ready. */
  readonly critical: boolean;
  /** Resolves when all is well, with a word for operators if there is one; rejects with the reason when not. */
  run(): Promise<string | void>;
}

/** What a check found. */
export interface HealthResult {
  readonly name: string;
  readonly critical: boolean;
  readonly status: 'up' | 'down';
  readonly durationMs: number;
  /** For operators only: it may name hosts. */
  readonly detail?: string;
}

/**
 * The checks of this process and the drivers of its ports. Modules and drivers add theirs at start. Asking often does
 * not load what is checked, since those who ask within a second share a result.
 */
@Injectable()
export class Health {
  private readonly logger = new Logger('Health');
  private readonly checks: HealthCheck[] = [];
  private readonly ports = new Map<string, string>();
  private readonly down = new Set<string>();

  constructor(private readonly indicators: HealthIndicatorService) {}

  add(check: HealthCheck): void {
    this.checks.push(check);
  }

  /** Says by what a port is served: `driver('cache', 'redis')`. */
  driver(port: string, driver: string): void {
    this.ports.set(port, driver);
  }

  /** The driver of each port. */
  drivers(): Record<string, string> {
    return Object.fromEntries([...this.ports].toSorted(([a], [b]) => a.localeCompare(b)));
  }

  /** Runs every check, or only the critical ones. Never rejects. */
  results(only: 'all' | 'critical' = 'all'): Promise<HealthResult[]> {
    const wanted = this.checks.filter(({ critical }) => critical || only === 'all');
    return Promise.all(wanted.map((check) => this.result(check)));
  }

  private async result(check: HealthCheck): Promise<HealthResult> {
    const { name, critical } = check;
    const found = await this.indicators
      .check(name)
      .attempt(async () => ({ message: await check.run() }))
      .withTimeout(TIMEOUT_MS)
      .cacheFor(CACHE_MS);
    const { status, responseTime, message } = found[name] as unknown as Found;
    this.noteChange(name, status, message);
    return { name, critical, status, durationMs: responseTime, ...(message && { detail: message }) };
  }

  /** A failure is logged when it begins and when it ends, not as often as somebody asks. */
  private noteChange(name: string, status: 'up' | 'down', message?: string): void {
    if ((status === 'down') === this.down.has(name)) return;
    if (status === 'up') {
      this.down.delete(name);
      this.logger.log({ message: 'health check recovered', check: name });
    } else {
      this.down.add(name);
      this.logger.warn({ message: 'health check failed', check: name, reason: message });
    }
  }
}

/** What Terminus gives for one attempt; its types do not tell. */
interface Found {
  status: 'up' | 'down';
  responseTime: number;
  message?: string;
}
