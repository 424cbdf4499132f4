import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until `attempt` no longer throws, and gives its value; throws its last error after `timeoutMs`. */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 5000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(20);
    }
  }
}
