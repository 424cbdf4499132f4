/** Chooses at random, the same way for the same seed. (mulberry32) */
export class Dice {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  one<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

/** JSON text that stands for a value: as text, because some of it no program would print. */
const VALUES: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '-0',
  '0.1',
  '1e308',
  '-1e308',
  '1e400',
  '1e-400',
  '2147483647',
  '2147483648',
  '9007199254740993',
  '-9223372036854775809',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '""',
  '" "',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\uffff"',
  '"\\u202e"',
  '"😀"',
  '"null"',
  '"NaN"',
  '"-1"',
  '"1e3"',
  '"0x10"',
  '"2026-13-45T99:99:99Z"',
  '"+275760-09-13T00:00:00Z"',
  `"' or 1=1 --"`,
  '"%00"',
  '"../../etc/passwd"',
  '"${7*7}"',
  '"__proto__"',
  '"constructor"',
  '"\\\\"',
  '"%"',
  '"00000000-0000-0000-0000-000000000000"',
  '"g0000000-0000-7000-8000-00000000000z"',
  '"@"',
  '"a@b"',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":null}',
  JSON.stringify('x'.repeat(300)),
  JSON.stringify('é'.repeat(6000)),
  JSON.stringify('😀'.repeat(130)),
  `[${'1,'.repeat(3000)}1]`,
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
];

/** Bodies that are wrong as a whole. */
const BODIES: readonly (string | Buffer)[] = [
  '',
  ' ',
  '{',
  '[',
  '"',
  'null',
  '1',
  '"text"',
  '[]',
  '{}',
  '{"a":1,}',
  "{'a':1}",
  '{"a":1}{"b":2}',
  '\ufeff{}',
  '{"__proto__":1}',
  '{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}',
  '{"":""}',
  'undefined',
  'NaN',
  `{${Array.from({ length: 3000 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0xc0, 0x80, 0xed, 0xa0, 0x80]),
  Buffer.alloc(1024 * 1024 + 1, 0x20),
];

const CONTENT_TYPES: readonly string[] = [
  'text/plain',
  'text/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json2',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'json',
  '*/*',
  'a/b; c="',
  ';',
  'application/problem+json',
  'application/merge-patch+json',
  'APPLICATION/JSON',
  'application/json;;',
  'null',
];

/** Percent-encoded, as they stand in a path or query. */
const SEGMENTS: readonly string[] = [
  '%00',
  '%ff',
  '%C0%80',
  '%ED%A0%80',
  '%',
  '%zz',
  '%E0%A4',
  '..',
  '%2e%2e%2f',
  '-1',
  '0',
  '1e400',
  'null',
  '*',
  '__proto__',
  'constructor',
  'toString',
  'undefined',
  "'",
  '%22',
  '%5B%5D',
  '%F0%9F%98%80',
  '%0d%0ax:y',
  ':id',
  '00000000-0000-0000-0000-000000000000',
  '01920000-0000-7000-8000-000000000000',
  'x'.repeat(150),
  'y'.repeat(900),
];

const QUERIES: readonly string[] = [
  'limit=1&limit=2',
  'limit[]=1',
  'limit[a]=1',
  'filter=1',
  'filter[__proto__]=1',
  'filter[name][like]=%25%5F%5C',
  '__proto__[a]=1',
  'constructor=1',
  'a=%ff',
  '%00=1',
  '=',
  '&&&',
  '?',
  'sort=-',
  'sort=name,name',
  'fields=,',
  'cursor=AAAA',
  'cursor=W10',
  'cursor=WyJuYW1lIiwxLDJd',
  'cursor=%00',
  'offset=1e9',
  'count=maybe',
  'expand=x',
];

const KEYS = ['', ' ', 'short', '"', '""', 'x'.repeat(300), '\u00ff'.repeat(20)];
const TAGS = ['"', '*', 'W/"1"', '"1", "2"', '1', '"999999999999"', ','];
const CREDENTIALS = [
  'Basic YTpi',
  'Bearer',
  'Bearer x',
  'Bearer a.b.c',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
  '\u00ff',
];

const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ...KEYS.map((key) => ['idempotency-key', key] as const),
  ...TAGS.flatMap((tag) => [['if-match', tag] as const, ['if-none-match', tag] as const]),
  ...CREDENTIALS.map((credential) => ['authorization', credential] as const),
  ['accept', 'image/png'],
  ['accept-encoding', 'gzip;q=2, *;q=-1'],
  ['content-encoding', 'gzip'],
  ['x-request-id', '../../x'],
  ['traceparent', '00-0-0-0'],
  ['x-forwarded-for', '::1, x, 999.1.1.1'],
  ['cookie', 'a'.repeat(20_000)],
];

/** What to do to requests so that they are wrong, each kind in a way that `dice` chooses. */
export const hostile = {
  value: (dice: Dice): string => dice.one(VALUES),
  body: (dice: Dice): string | Buffer => dice.one(BODIES),
  contentType: (dice: Dice): string => dice.one(CONTENT_TYPES),
  segment: (dice: Dice): string => dice.one(SEGMENTS),
  query: (dice: Dice): string => dice.one(QUERIES),
  /** One of those that have something to say to the request, or any when there are none. */
  header(dice: Dice, names: readonly string[]): readonly [name: string, value: string] {
    const fitting = HEADERS.filter(([header]) => names.some((name) => name.toLowerCase() === header));
    return dice.one(fitting.length > 0 ? fitting : HEADERS);
  },
};
