import type { TestDatabase } from './database';
import { eventually } from './eventually';
import { freePorts, runScript, type Started } from './start-process';

export interface Serving extends Started {
  readonly port: number;
  readonly url: string;
  readonly managementUrl: string;
  /** Sends what Ctrl-C sends, if it has not ended. */
  interrupt(): void;
  /** Ends the process hard, if it has not ended. */
  kill(): void;
}

/** The API as a process of its own, as production runs it, ready to serve; on `env.PORT`, or a free one. */
export async function serveApi(database: TestDatabase, env: Record<string, string> = {}): Promise<Serving> {
  const [free, managementPort] = (await freePorts(2)) as [number, number];
  const port = Number(env.PORT ?? free);
  const started = runScript(process.cwd(), ['dist/main.js'], {
    DATABASE_URL: database.url,
    NODE_ENV: 'test',
    PORT: String(port),
    MANAGEMENT_PORT: String(managementPort),
    ...env,
  });
  let running = true;
  void started.ended.then(() => (running = false));
  const url = `http://127.0.0.1:${port}`;
  const ready = eventually(async () => {
    if (!running) return;
    const { status } = await fetch(`${url}/health/ready`);
    if (status !== 200) throw new Error(`not ready: ${status}`);
  }, 240_000);
  const early = started.ended.then((end) => {
    throw new Error(`ended with ${end} before it was ready:\n${started.output()}`);
  });
  early.catch(() => undefined);
  const send = (signal: NodeJS.Signals) => void (running && process.kill(started.pid, signal));
  const kill = () => send('SIGKILL');
  const interrupt = () => send('SIGINT');
  await Promise.race([ready, early]);
  return { ...started, port, url, managementUrl: `http://127.0.0.1:${managementPort}`, interrupt, kill };
}
