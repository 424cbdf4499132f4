import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again until `attempt` no longer throws, and gives its value; throws its last error after `timeoutMs`. What has
 * to happen within a time is given ten times that time here; everything else has a minute.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 60_000): Promise<T> {
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
