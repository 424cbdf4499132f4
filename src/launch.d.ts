/**
 * Calls `stop` once when the process that started this one by `npm run` ends: npm puts a shell between, and a SIGTERM
 * to npm ends that shell, which passes nothing on.
 */
export function onParentGone(stop: () => void): void;
