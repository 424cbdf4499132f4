// What the commits since the last release mean for the next version.
import { execFileSync } from 'node:child_process';

/** Places whose commits nobody notices who runs or forks the application: they neither ask for a release nor are listed. */
const SILENT = new Set(['bench', 'ci', 'docs', 'release', 'test']);
/** Imperatives that say: something is possible that was not. */
const NEW = /^(?:accept|add|allow|let|offer|support)\b/;
const SUBJECT = /^(?<place>[^\s:!]+)(?<mark>!?): (?<text>.+)$/;
const BREAKING = /^BREAKING[ -]CHANGE: (?<why>.+)/m;

/** Runs git and answers what it printed. */
export const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();

/** The last `v1.2.3` that this commit descends from; undefined before the first release. */
export function lastTag() {
  const tags = git('tag', '--merged', 'HEAD', '--sort=-version:refname', '--list', 'v[0-9]*');
  return tags.split('\n').find((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
}

/** Commits after `tag`, newest first, as `{ hash, place, text, weight, why }`; the silent ones are left out. */
export function commitsSince(tag) {
  const log = git('log', '--no-merges', '--format=%h%x1f%s%x1f%b%x1e', ...(tag ? [`${tag}..HEAD`] : []));
  return log
    .split('\x1e')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => weigh(...entry.split('\x1f')))
    .filter(({ place, weight }) => weight === 'breaking' || !SILENT.has(place));
}

function weigh(hash, subject, body = '') {
  const { place = '', mark = '', text = subject } = SUBJECT.exec(subject)?.groups ?? {};
  const why = BREAKING.exec(body)?.groups.why;
  const weight = mark || why ? 'breaking' : NEW.test(text) ? 'new' : 'other';
  return { hash, place, text, weight, why };
}

const numbers = (version) => {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${version} is not a version like 1.2.3.`);
  return version.split('.').map(Number);
};

/**
 * The version after `tag` for these commits; undefined when none of them asks for one.
 *
 * From 1.0.0 on: breaking commits raise the first number, new abilities the second, all else the third. Before it,
 * breaking commits raise the second and all else the third. A version in package.json that is ahead of the last tag
 * was chosen by a person, and is taken: the first release, 1.0.0, and any jump come about like this.
 */
export function nextVersion(tag, commits, written) {
  if (!tag) return written;
  const [major, minor, patch] = numbers(tag.slice(1));
  if (isAhead(numbers(written), [major, minor, patch])) return written;
  if (commits.length === 0) return undefined;
  const weights = new Set(commits.map(({ weight }) => weight));
  const second = major === 0 ? 'breaking' : 'new';
  if (major > 0 && weights.has('breaking')) return `${major + 1}.0.0`;
  if (weights.has(second)) return `${major}.${minor + 1}.0`;
  return `${major}.${minor}.${patch + 1}`;
}

function isAhead(left, right) {
  const differing = left.findIndex((number, index) => number !== right[index]);
  return differing !== -1 && left[differing] > right[differing];
}
