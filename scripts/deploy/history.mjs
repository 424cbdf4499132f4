// What has been deployed to a place, as Helm remembers it.
import { ask } from './steps.mjs';

/** Every revision that Helm has kept, the oldest first; none before the first installation. */
export function revisionsOf({ release, place }) {
  const { ok, text, complaint } = ask('helm', [
    'history',
    release,
    '--output',
    'json',
    '--max',
    '50',
    ...place,
  ]);
  if (!ok && /release: not found/.test(complaint)) return [];
  if (!ok) throw new Error(`helm does not know what serves: ${complaint}`);
  return JSON.parse(text);
}

/** The revision that serves now; undefined before the first installation. @throws while another deployment is under way */
export function servingRevision(revisions, { release, place }) {
  const serving = revisions.findLast(({ status }) => status === 'deployed')?.revision;
  const last = revisions.at(-1);
  if (!/^(pending|uninstalling)/.test(last?.status ?? '')) return serving;
  const where = `${release} ${place.join(' ')}`;
  // Of a first installation there is nothing to go back to: helm says that the release has no 0 version.
  const mend = serving
    ? `helm rollback ${release} ${serving} ${place.join(' ')} --wait`
    : `helm uninstall ${where}`;
  throw new Error(
    `Revision ${last.revision} is ${last.status}, by another deployment. Wait for it. If it died, wait until no job ` +
      `of migrations runs any more (kubectl get jobs ${place.join(' ')}), then: ${mend}`,
  );
}

/** @throws unless this image has served here, and was not what a roll back took away */
export function assertServed(digest, revisions, { release, place }) {
  const served = revisions.filter(
    ({ status }, index) =>
      ['deployed', 'superseded'].includes(status) &&
      !revisions[index + 1]?.description?.startsWith('Rollback to'),
  );
  for (const { revision } of served.toReversed()) {
    const asked = ['get', 'values', release, '--revision', String(revision), '--output', 'json', ...place];
    const { ok, text } = ask('helm', asked);
    if (ok && JSON.parse(text)?.image?.digest === digest) return;
  }
  throw new Error(
    `${digest} has not served here, as far as helm remembers (or was taken back): it has to go through staging.`,
  );
}
