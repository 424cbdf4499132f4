import { z } from 'zod';

const WEB = /^https?$/;

/** Texts separated by commas; blanks beside a comma belong to no text. */
export const list = () =>
  z.string().transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  );

/** An address to which paths are added: `https://api.example.com`, with or without a path of its own. */
export const webAddress = () =>
  z
    .url({ protocol: WEB, error: 'is not an http(s):// address', abort: true })
    .refine((text) => !/[?#*@]/.test(text), { error: 'has more than a host, a port and a path', abort: true })
    .refine((text) => bare(new URL(text).href) === bare(text), {
      error: ({ input }) => `is not written as browsers write it: ${bare(new URL(String(input)).href)}`,
    });

const bare = (address: string): string => address.replace(/\/$/, '');

/**
 * What a browser sends as `Origin`, letter by letter, since anything else would be compared with it in vain; or what
 * matches `other`.
 */
export const origin = (other?: RegExp) =>
  z.string().refine((text) => other?.test(text) || isOrigin(text), {
    error: ({ input }) => `"${input}" is not an origin: ${hint(String(input))}`,
  });

const isOrigin = (text: string): boolean => parse(text)?.origin === text && !text.includes('*');

/** The address in a text, if it is one of http or https. `localhost:5173` is one of the scheme `localhost`. */
function parse(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && WEB.test(url.protocol.slice(0, -1)) ? url : undefined;
}

function hint(text: string): string {
  if (text.includes('*')) return 'name each one, such as https://app.example.com';
  if (/[\s;]/.test(text)) return 'separate origins by commas';
  const meant = parse(text) ?? (HOST.test(text) ? parse(`${schemeOf(text)}://${text}`) : undefined);
  return `write ${meant?.origin ?? 'it like https://app.example.com'}`;
}

/** A name with a dot, or this machine; and a port. */
const HOST = /^(localhost|\[::1\]|[\w-]+(\.[\w-]+)+)(:\d+)?(\/|$)/i;
const schemeOf = (host: string) => (/^(localhost|127\.|\[::1\])/i.test(host) ? 'http' : 'https');
