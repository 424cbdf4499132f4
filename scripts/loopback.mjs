// HTTP servers of the development stand-ins, which only this machine reaches.
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
