/** What the blanks of a page stand for, by name. A blank in an answer that has no value yet takes the one it meets. */
export type Values = Map<string, string>;

/** Finds what a page cannot know, such as a mailed token; undefined for a name that is none of these. */
export type Lookup = (name: string, values: Values) => Promise<string> | undefined;

/** A ```http block of a page: a request, and what it has to answer. */
export interface Example {
  readonly line: number;
  readonly request: Message;
  readonly answer: Message;
}

interface Message {
  /** `GET /v1/me` or `HTTP/1.1 200 OK`. */
  readonly start: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** What may stand for anything; at the end of an array for further items, at its beginning for others among them. */
const ANYTHING = '…';
const BLANK = /\{\{([^}]+)\}\}/;

export function examplesIn(markdown: string): Example[] {
  return [...markdown.matchAll(/^```http\n(.*?)^```$/gms)].map(({ index, 1: text }) => {
    const line = markdown.slice(0, index).split('\n').length;
    const [request, answer] = text!.split(/^(?=HTTP\/1\.1 )/m);
    if (!answer) throw new Error(`line ${line}: the example does not say what is answered`);
    return { line, request: messageOf(request!), answer: messageOf(answer) };
  });
}

function messageOf(text: string): Message {
  const [head, ...body] = text.split('\n\n');
  const [start, ...lines] = head!.trim().split('\n');
  const headers = lines.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at), line.slice(at + 1).trim()] as const;
  });
  return { start: start!, headers, body: body.join('\n\n').trim() };
}

/** Sends the request, and throws unless the answer is what the example says; it may say less than there is. */
export async function play(
  { line, request, answer }: Example,
  url: string,
  values: Values,
  lookup: Lookup,
): Promise<void> {
  const fill = (text: string) => filled(text, values, lookup);
  const [method, path] = (await fill(request.start)).split(' ');
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  for (const [name, value] of request.headers) headers[name] = await fill(value);
  const body = request.body ? await fill(request.body) : undefined;
  const response = await fetch(`${url}${path}`, { method, headers, body, redirect: 'manual' });
  const text = await response.text();
  try {
    compare(Number(answer.start.split(' ')[1]), response.status, 'the status', values);
    for (const [name, value] of answer.headers)
      compare(value, response.headers.get(name), `header ${name}`, values);
    if (answer.body) compare(JSON.parse(answer.body), JSON.parse(text), 'the body', values);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`line ${line}, ${request.start}: ${message}\n${text.slice(0, 500)}`, { cause: error });
  }
}

async function filled(text: string, values: Values, lookup: Lookup): Promise<string> {
  const blank = BLANK.exec(text);
  if (!blank) return text;
  const name = blank[1]!;
  const value = values.get(name) ?? (await lookup(name, values));
  if (value === undefined) throw new Error(`Nothing says what {{${name}}} is.`);
  return filled(
    text.replace(blank[0], () => value),
    values,
    lookup,
  );
}

function compare(expected: unknown, actual: unknown, place: string, values: Values): void {
  if (expected === ANYTHING && actual !== undefined && actual !== null) return;
  if (typeof expected === 'string' && typeof actual === 'string') {
    if (!matches(expected, actual, values)) throw difference(expected, actual, place);
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    compareItems(expected, actual, place, values);
  } else if (isObject(expected) && isObject(actual)) {
    for (const [key, value] of Object.entries(expected)) {
      compare(value, actual[key], `${place}, ${key}`, values);
    }
  } else if (!Object.is(expected, actual)) throw difference(expected, actual, place);
}

function compareItems(expected: unknown[], actual: unknown[], place: string, values: Values): void {
  if (expected[0] === ANYTHING && expected.length > 1) {
    const missing = expected.slice(1).filter((item) => !actual.includes(item));
    if (missing.length > 0) throw difference(`a list with ${missing.join(', ')}`, actual.join(', '), place);
    return;
  }
  const open = expected.at(-1) === ANYTHING;
  const items = open ? expected.slice(0, -1) : expected;
  if (open ? actual.length < items.length : actual.length !== items.length) {
    throw difference(`${items.length} items`, `${actual.length}`, place);
  }
  for (const [index, item] of items.entries()) compare(item, actual[index], `${place}, ${index}`, values);
}

/** Whether the text is the expected one, in which `…` stands for anything; learns the blanks that have no value. */
function matches(expected: string, actual: string, values: Values): boolean {
  const learned: string[] = [];
  const pattern = expected.split(/(\{\{[^}]+\}\}|…)/).map((part) => {
    if (part === ANYTHING) return '.*';
    const name = BLANK.exec(part)?.[1];
    if (name === undefined) return escaped(part);
    const known = values.get(name);
    if (known !== undefined) return escaped(known);
    learned.push(name);
    return '(.+)';
  });
  const found = new RegExp(`^${pattern.join('')}$`, 's').exec(actual);
  for (const [index, name] of learned.entries()) if (found) values.set(name, found[index + 1]!);
  return found !== null;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const difference = (expected: unknown, actual: unknown, place: string): Error =>
  new Error(`${place} is ${JSON.stringify(actual)}, and should be ${JSON.stringify(expected)}`);
