import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { verdictOf } from '../../scripts/prove/defects.mjs';
import { keptFigures, reliabilityPage, shortfalls, sumOf } from '../../scripts/prove/figures.mjs';
import { applyPatch, faultsOf, parsePatch, readPatches } from '../../scripts/prove/patches.mjs';
import { TOPICS } from '../../scripts/prove/topics.mjs';

const topics = Object.keys(TOPICS);

describe('The figures of the proofs', () => {
  it.each(topics)('hold what is stated of %s', (topic) => {
    expect(shortfalls(topic, keptFigures(topic)?.counts)).toEqual([]);
  });

  it('are refused when a count is below the stated size, or missing', () => {
    const { kills } = TOPICS;
    expect(shortfalls('kills', kills!.sizes)).toEqual([]);
    const fewer = { ...kills!.sizes, killsAtRandomMoments: 39 };
    expect(shortfalls('kills', fewer)).toEqual([
      'kills: kills at random moments: 39, at least 40 are stated',
    ]);
    expect(shortfalls('kills', undefined)).toHaveLength(Object.keys(kills!.sizes).length);
  });

  it('add up over the tests of a topic', () => {
    expect(sumOf('{"races":2,"lost":0}\n{"races":3}\n')).toEqual({ races: 5, lost: 0 });
  });

  it('stand in docs/reliability.md as `npm run prove` writes it, not changed by hand', () => {
    expect(readFileSync('docs/reliability.md', 'utf8')).toBe(reliabilityPage());
  });

  it('are measured again each week, for every topic', () => {
    const weekly = parse(readFileSync('.github/workflows/weekly.yml', 'utf8'));
    expect(weekly.jobs.prove.strategy.matrix.topic).toEqual(topics);
  });
});

describe('The planted defects', () => {
  it('each name a test and its title, or a command and what it says', () => {
    expect(readPatches().flatMap(faultsOf)).toEqual([]);
  });

  it('each apply to this commit', () => {
    // A copy without a module lacks lines that patches have beside theirs; it is no repository.
    const patches = existsSync('.git') ? readPatches() : [];
    const objections = patches.map(({ file }) => applyPatch(file, { options: ['--check'] }));
    expect(objections.filter(Boolean)).toEqual([]);
  });

  it('are refused when their header names too little, or what there is not', () => {
    const body = '\n\ndiff --git a/src/main.ts b/src/main.ts\n';
    const file = 'test/core/reliability.spec.ts';
    const faults = (header: string) => faultsOf(parsePatch('x.patch', header + body));
    expect(faults(`test: ${file}\ntitle: each apply to this commit\nwhy: it is one`)).toEqual([]);
    expect(faults('command: npm run check\nsays: wrong\nwhy: it is one')).toEqual([]);
    expect(faults(`test: ${file}\nwhy: it is one`)).toEqual([
      expect.stringContaining('needs test: and title:'),
    ]);
    expect(faults('command: npm run check\nwhy: it is one')).toEqual([expect.stringContaining('says:')]);
    expect(faults('test: test/none.ts\ntitle: none\nwhy: it is one')).toEqual([
      'x.patch: there is no test/none.ts',
    ]);
    expect(faults(`test: ${file}\ntitle: each ${'is'.repeat(2)}\nwhy: it is one`)).toEqual([
      expect.stringContaining('has no title that ends like'),
    ]);
  });

  const patch = { test: 'test/a.ts', title: 'keeps it' };
  const report = (fullName: string, status: string, file = 'test/a.ts') => ({
    testResults: [{ name: `/copy/${file}`, status, message: 'no', assertionResults: [{ fullName, status }] }],
  });
  it.each([
    ['a test that fails', report('A thing keeps it', 'failed'), undefined],
    ['a test that passes', report('A thing keeps it', 'passed'), 'its test stays green'],
    ['a test that is skipped', report('A thing keeps it', 'pending'), 'its test was skipped'],
    ['a title that no test has', report('A thing loses it', 'pending'), 'no test has its title'],
    ['a file that did not run', { testResults: [] }, 'its test file did not run'],
    ['another file', report('A thing keeps it', 'failed', 'test/b.ts'), 'its test file did not run'],
  ])('count as noticed by a test that fails, and by nothing else: %s', (_what, result, verdict) => {
    expect(verdictOf(result, patch)).toBe(verdict);
  });
});
