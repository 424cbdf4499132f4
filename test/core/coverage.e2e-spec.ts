import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TOPICS = 14;
const PARTS = 5;
const KNOWN = Array.from({ length: TOPICS * PARTS }, (_, index) => {
  return `${Math.floor(index / PARTS) + 1}.${(index % PARTS) + 1}`;
});

const read = (file: string) => readFileSync(file, 'utf8');
const COVERAGE = read('docs/coverage.md');
const [TABLE = '', LATER = ''] = COVERAGE.split('## Later releases');

interface Row {
  readonly id: string;
  readonly places: string[];
  /** `GET /v1/me` or `npm run check`. */
  readonly ways: string[];
  /** Files, each with a title that stands in it. */
  readonly tests: (readonly [file: string, title: string])[];
}

const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

const ROWS: Row[] = [...TABLE.matchAll(/^\|\s*(\d+\.\d+)\s*\|(.*)\|$/gm)].map(([, id, rest]) => {
  const [, places = '', ways = '', tests = ''] = rest!.split('|');
  const titles = [...tests.matchAll(/`([^`]+)` "([^"]+)"/g)];
  return {
    id: id!,
    places: quoted(places),
    ways: quoted(ways),
    tests: titles.map(([, file, title]) => [file!, title!] as const),
  };
});

const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts;
const document: { paths: Record<string, Record<string, unknown>> } = JSON.parse(read('openapi.json'));
/** npm runs these without a line in package.json. */
const BUILT_IN = ['ci', 'install'];

function commandExists(command: string): boolean {
  const [, run, name] = /^npm (run )?(?:--silent )?([\w:-]+)/.exec(command) ?? [];
  return name !== undefined && (Object.hasOwn(scripts, name) || (!run && BUILT_IN.includes(name)));
}

function exists(way: string): boolean {
  if (way.startsWith('npm ')) return commandExists(way);
  const [method = '', address = ''] = way.split(' ');
  return document.paths[address]?.[method.toLowerCase()] !== undefined;
}

describe('The table of what is covered', () => {
  it('has each part of each topic once: in the table, or among what comes later', () => {
    const later = [...LATER.matchAll(/\b\d+\.\d+\b/g)].map(([id]) => id);
    const named = [...ROWS.map(({ id }) => id), ...later];
    expect(named.toSorted(byNumber)).toEqual(KNOWN);
  });

  it('gives each part a place, a way in and a test', () => {
    const bare = ROWS.filter(({ places, ways, tests }) => [places, ways, tests].some((list) => !list[0]));
    expect(bare).toEqual([]);
  });

  it('names places and tests that exist, and titles that stand in them', () => {
    const files = ROWS.flatMap(({ places, tests }) => [...places, ...tests.map(([file]) => file)]);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    const tests = ROWS.flatMap((row) => row.tests);
    expect(tests.filter(([file, title]) => !read(file).includes(title))).toEqual([]);
  });

  it('names addresses of the OpenAPI document, and commands of package.json', () => {
    const ways = ROWS.flatMap((row) => row.ways);
    expect(ways.filter((way) => !exists(way))).toEqual([]);
  });
});

function byNumber(left: string, right: string): number {
  const [a = 0, b = 0] = left.split('.').map(Number);
  const [c = 0, d = 0] = right.split('.').map(Number);
  return a - c || b - d;
}

const pagesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join(folder, file));
const PAGES = [...readdirSync('.').filter((file) => file.endsWith('.md')), ...pagesIn('docs')].map(
  (file) => [file, read(file)] as const,
);

describe('The documents', () => {
  it.each(PAGES)('name commands in %s that exist', (_file, text) => {
    const commands = [...text.matchAll(/\bnpm (?:run )?[a-z][\w:-]*/g)].map(([command]) => command);
    const wrong = commands.filter((command) => /^npm (?:run |start|test|ci)/.test(command));
    expect(wrong.filter((command) => !commandExists(command))).toEqual([]);
  });

  it.each(PAGES)('link from %s to files that exist', (file, text) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link]) => link!);
    const targets = links.map((link) => path.join(path.dirname(file), link));
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
  });
});
