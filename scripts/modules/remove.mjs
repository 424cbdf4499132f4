// Removes a module with all that belongs to it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delist } from './app-module.mjs';
import { regenerate, run } from './commands.mjs';
import { belongings, dependentsOf, importsOf, moduleNames, sourcesOf } from './inventory.mjs';

/** Throws when there is no such module, or when others need it and `cascade` is not set. Answers what was removed. */
export function remove(name, { cascade }) {
  if (!moduleNames().includes(name)) throw new Error(`There is no module "${name}".`);
  const doomed = dependentsOf(name);
  if (doomed.length > 1 && !cascade) {
    const others = doomed.slice(0, -1).join(', ');
    throw new Error(`${name} is needed by ${others}. Remove them with it: add --cascade.`);
  }
  const packages = doomed.flatMap(removeOne);
  removePackages(packages);
  regenerate();
  return doomed;
}

/** Answers the packages that it imported. */
function removeOne(name) {
  const places = belongings(name);
  const packages = importsOf(sourcesOf(places));
  for (const place of places) rmSync(place, { recursive: true });
  delist(name);
  return packages;
}

/** Takes out of package.json what was imported there, is a dependency, and is imported nowhere else. */
function removePackages(imported) {
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
  run('npm install --package-lock-only --ignore-scripts --prefer-offline');
}
