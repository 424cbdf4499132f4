/** A planted defect: its header, and the files that it changes. */
export interface Patch {
  file: string;
  name: string;
  test?: string;
  title?: string;
  command?: string;
  says?: string;
  why?: string;
  unknown: string[];
  touches: string[];
}

/** Every patch of test/defects. */
export function readPatches(): Patch[];
export function parsePatch(file: string, text: string): Patch;
/** What is wrong with a patch before it is tried, one line each. */
export function faultsOf(patch: Patch): string[];
/** Applies a patch in a folder; answers what git objects. */
export function applyPatch(file: string, options?: { cwd?: string; options?: string[] }): string | undefined;
