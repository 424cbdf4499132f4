// What was deployed at a commit: its chart and its version. Whoever may start a deployment can name any commit, also one
// that nobody has looked at, and a chart can run anything in the cluster; so it has to be one of main.
import path from 'node:path';
import { ask, inScratch, run } from './steps.mjs';

const MAIN = 'origin/main';

/** Does the work with a folder that has the chart as of `commit`; without a commit, with the files that lie here. */
export function withCommit(commit, work) {
  if (!commit) return work('.');
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new Error(`"${commit}" is not a commit: 40 hexadecimal digits.`);
  if (!ask('git', ['merge-base', '--is-ancestor', commit, MAIN]).ok)
    throw new Error(`${commit} is not a commit of ${MAIN}.`);
  return inScratch((folder) => {
    const archive = path.join(folder, 'files.tar');
    run('git', ['archive', '--output', archive, commit, 'deploy/helm', 'package.json']);
    run('tar', ['-xf', archive, '-C', folder]);
    return work(folder);
  });
}
