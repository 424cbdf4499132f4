// Removes modules with all that belongs to them, and all that is written about them.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delist } from './app-module.mjs';
import { regenerate, run } from './commands.mjs';
import { asAWhole } from './copy.mjs';
import { leftovers, pruneDocuments, removeGuidePages } from './documents.mjs';
import { assertModules, belongings, dependentsOf, importsOf, KEPT, sourcesOf } from './inventory.mjs';
import { marksOf } from './marks.mjs';

/**
 * Removes all of them, or throws before anything has changed: for a name that is no module, one that has to stay, one
 * that others need while `cascade` is not set, or a step that fails. Answers what was removed.
 */
export async function remove(names, { cascade }) {
  const doomed = doomedBy(names, cascade);
  await asAWhole(async () => {
    const gone = marksOf(doomed);
    const packages = doomed.flatMap(removeFiles);
    for (const name of doomed) await delist(name);
    await removePackages(packages);
    removeGuidePages(doomed);
    const changed = pruneDocuments(doomed, gone);
    if (changed.length > 0) await run(`npx prettier --write ${changed.join(' ')}`);
    await regenerate();
    const left = leftovers(gone);
    if (left.length > 0)
      throw new Error(`Nothing was removed, since this still names it:\n${left.join('\n')}`);
  });
  return doomed;
}

function doomedBy(names, cascade) {
  if (names.length === 0) throw new Error('Name the modules to remove: npm run modules -- remove products');
  assertModules(names);
  const doomed = [...new Set(names.flatMap((name) => dependentsOf(name)))];
  const kept = doomed.filter((name) => KEPT.includes(name));
  if (kept.length > 0)
    throw new Error(
      `Nothing was removed: ${kept.join(', ')} cannot go, since the rest is reached and tested through it.`,
    );
  const others = doomed.filter((name) => !names.includes(name));
  if (others.length > 0 && !cascade)
    throw new Error(
      `Nothing was removed: ${names.join(', ')} is needed by ${others.join(', ')}. Remove them with it: add --cascade.`,
    );
  return doomed;
}

/** Answers the packages that it imported. */
function removeFiles(name) {
  const places = belongings(name);
  const packages = importsOf(sourcesOf(places));
  for (const place of places) rmSync(place, { recursive: true });
  return packages;
}

/** Takes out of package.json what was imported there, is a dependency, and is imported nowhere else. */
async function removePackages(imported) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const kept = importsOf(sourcesOf(['src', 'test', 'migrations', 'scripts']));
  const uses = (targets, dependency) =>
    targets.some((target) => target === dependency || target.startsWith(`${dependency}/`));
  const orphans = Object.keys(manifest.dependencies).filter(
    (dependency) => uses(imported, dependency) && !uses(kept, dependency),
  );
  if (orphans.length === 0) return;
  for (const orphan of orphans) {
    delete manifest.dependencies[orphan];
    delete manifest.devDependencies[`@types/${orphan.replace('@', '').replace('/', '__')}`];
  }
  writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  await run('npm install --package-lock-only --ignore-scripts --prefer-offline');
}
