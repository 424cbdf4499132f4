import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Imported first by a Node process with an `ipc` channel, it ends that process when the tests are killed. */
export const TIE = pathToFileURL(path.resolve('scripts/with-parent.mjs')).href;

declare global {
  var ownedProcesses: Set<ChildProcess> | undefined;
}

/** Ends the process with the test file, if the file has not ended it: a failed test leaves nothing running. */
export function owned<T extends ChildProcess>(child: T): T {
  const all = (globalThis.ownedProcesses ??= new Set());
  all.add(child);
  child.once('exit', () => all.delete(child));
  return child;
}
