import { setFlagsFromString } from 'node:v8';

/**
 * Import this first: while the process starts, V8's young generation stays small. Loading modules makes much that is
 * garbage at once; a young generation that has grown for it keeps its size, some 30 MB that nobody uses again.
 */
setFlagsFromString('--semi-space-growth-factor=1');

/** From here on the young generation grows with the load, as V8 would have it. */
export const letHeapGrow = (): void => setFlagsFromString('--semi-space-growth-factor=2');
