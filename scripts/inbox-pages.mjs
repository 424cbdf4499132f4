// Routes of the development inbox: pages without scripts, and JSON for tests.
import { detailOf, summaryOf } from './inbox-store.mjs';
import { STYLE, listPage, mailPage, notFoundPage } from './inbox-html.mjs';

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'";
// A mail is a stranger's document: no scripts, no requests to anywhere, no origin. Its links open in a new tab.
const MAIL_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
  "img-src data:; form-action 'none'; frame-ancestors 'self'";

const ROUTES = [
  ['GET', /^\/$/, ({ store, url }) => page(listPage(store.list(to(url)), to(url)))],
  ['GET', /^\/style\.css$/, () => ({ type: 'text/css', body: STYLE })],
  ['GET', /^\/messages\/([\w-]+)$/, ({ mail }) => page(mailPage(mail))],
  ['GET', /^\/messages\/([\w-]+)\/html$/, ({ mail }) => mailDocument(mail)],
  ['GET', /^\/messages\/([\w-]+)\/raw$/, ({ mail }) => ({ type: 'text/plain', body: mail.raw })],
  ['GET', /^\/messages\/([\w-]+)\/attachments\/(\d{1,4})$/, ({ mail, index }) => attachment(mail, index)],
  ['POST', /^\/clear$/, ({ store }) => (store.clear(), { status: 303, location: '/' })],
  ['GET', /^\/api\/messages$/, ({ store, url }) => json({ items: store.list(to(url)).map(summaryOf) })],
  ['DELETE', /^\/api\/messages$/, ({ store }) => (store.clear(), { status: 204 })],
  ['GET', /^\/api\/messages\/([\w-]+)$/, ({ mail }) => json(detailOf(mail))],
];

const to = (url) => url.searchParams.get('to') ?? '';
const page = (body) => ({ type: 'text/html', body, policy: PAGE_POLICY });
const json = (value) => ({ type: 'application/json', body: JSON.stringify(value) });

/** Answers one HTTP request from the store. */
export function answer(store, request, response) {
  const { status = 200, type, body = '', policy, location, allow, disposition } = respond(store, request);
  response.writeHead(status, {
    ...(type && { 'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type }),
    ...(location && { location }),
    ...(allow && { allow }),
    ...(disposition && { 'content-disposition': disposition }),
    'content-security-policy': policy ?? "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    // `no-referrer` would make browsers send the page's own form with `Origin: null`.
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function respond(store, request) {
  if (!trusted(request)) {
    return { status: 403, type: 'text/plain', body: 'Open the inbox by its own address: 127.0.0.1\n' };
  }
  if (!URL.canParse(request.url, 'http://127.0.0.1')) return { status: 400 };
  const url = new URL(request.url, 'http://127.0.0.1');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const routes = ROUTES.filter(([, pattern]) => pattern.test(url.pathname));
  const route = routes.find(([verb]) => verb === method);
  if (routes.length > 0 && !route) return { status: 405, allow: routes.map(([verb]) => verb).join(', ') };
  const [, id, index] = route ? route[1].exec(url.pathname) : [];
  const mail = id && store.find(id);
  const found = route && (!id || mail) && route[2]({ store, url, mail, index });
  if (found) return found;
  const forProgram = url.pathname.startsWith('/api/');
  return { ...(forProgram ? json({ code: 'message_not_found' }) : page(notFoundPage())), status: 404 };
}

// Mails hold reset links: a page elsewhere must not read them by way of a name of its own that leads to 127.0.0.1,
// nor send forms here. A link on another page may lead here.
function trusted({ method, headers }) {
  const host = headers.host ?? '';
  const site = headers['sec-fetch-site'] ?? 'none';
  const link =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return (
    /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host) &&
    (!headers.origin || headers.origin === `http://${host}`) &&
    (site === 'same-origin' || site === 'none' || link)
  );
}

function mailDocument(mail) {
  if (mail.html === null) return undefined;
  return { type: 'text/html', body: `<base target="_blank">${mail.html}`, policy: MAIL_POLICY };
}

function attachment(mail, index) {
  const file = mail.attachments[Number(index)];
  if (!file) return undefined;
  const name = encodeURIComponent(file.filename ?? `attachment-${index}`).replace(/['()*]/g, '_');
  return {
    type: 'application/octet-stream',
    body: file.content,
    disposition: `attachment; filename*=UTF-8''${name}`,
  };
}
