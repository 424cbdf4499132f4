// Which modules are being worked on, as the history tells.
import { spawnSync } from 'node:child_process';
import { belongings } from './inventory.mjs';

const COMMITS = 20;

/**
 * Of the modules at most `count`, those first that the last 20 commits touched most. Where the history does not reach
 * back that far, as in a shallow clone, others fill the place of those that it cannot name.
 */
export function touchedMost(names, count) {
  const { commits, cut } = lastCommits();
  const touches = (name) => {
    const places = belongings(name);
    const within = (file) => places.some((place) => file === place || file.startsWith(`${place}/`));
    return commits.filter((files) => files.some(within)).length;
  };
  const ranked = names
    .map((name) => ({ name, touched: touches(name) }))
    .toSorted((a, b) => b.touched - a.touched);
  return ranked
    .filter(({ touched }) => cut || touched > 0)
    .slice(0, count)
    .map(({ name }) => name);
}

/** The files of each commit, and whether the history was cut off before the twentieth. */
function lastCommits() {
  const line = ['log', `-${COMMITS}`, '--no-merges', '--no-renames', '--name-only', '--format=commit %P'];
  const { status, stdout } = spawnSync('git', line, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) return { commits: [], cut: true };
  const commits = stdout
    .split(/^commit /m)
    .slice(1)
    .map((text) => text.split('\n'));
  // The first commit, or the one at which a clone was cut off, seems to add every file.
  const told = commits.filter(([parents]) => parents !== '');
  return { commits: told.map(([, ...files]) => files), cut: told.length < commits.length };
}
