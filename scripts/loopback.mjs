// What the development stand-ins for sign-in providers share: a server that only this machine reaches, and a page.
import { createServer } from 'node:http';

/** Listens on 127.0.0.1; port 0 takes a free one. Answers `{ port, url, close() }`. */
export async function serveLoopback(port, listener) {
  const server = createServer({ requestTimeout: 10_000 }, listener);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = server.address().port;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The fields of a form that was sent. */
export async function formOf(request) {
  let body = '';
  for await (const chunk of request) if (body.length < 10_000) body += chunk;
  return new URLSearchParams(body);
}

export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/** The page on which somebody is chosen. `choices` is HTML. */
export const whoAreYou = (provider, choices) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in with ${provider} (local)</title>
<style>
body { max-width: 24rem; margin: 10vh auto; font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; }
button { display: block; width: 100%; margin: .5rem 0; padding: .6rem; font: inherit; }
</style>
</head>
<body>
<h1>Who are you?</h1>
<p>This runs on your machine in place of ${provider}, and asks for no password.</p>
${choices}
</body>
</html>
`;
