// The development inbox: a real SMTP server that keeps every mail in memory, and a page that shows them.
import { onParentGone } from '../src/launch.js';
import { createServer } from 'node:http';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { MailStore } from './inbox-store.mjs';
import { answer } from './inbox-pages.mjs';

const MAX_MAIL_BYTES = 10 * 1024 * 1024;

/**
 * Starts both servers on 127.0.0.1; port 0 takes a free one. Answers `{ smtpPort, port, url, close() }`. Any sender,
 * recipient and password is accepted, nothing leaves the machine, and the mails go with the process.
 */
export async function startInbox({ smtpPort = 1025, port = 1080 } = {}) {
  const store = new MailStore();
  const smtp = smtpServer(store);
  const http = createServer({ requestTimeout: 10_000 }, (request, response) =>
    answer(store, request, response),
  );
  try {
    await listen(smtp.server, smtpPort);
    await listen(http, port);
  } catch (error) {
    await Promise.all([close(smtp), close(http)]);
    throw error;
  }
  const bound = http.address().port;
  return {
    smtpPort: smtp.server.address().port,
    port: bound,
    url: `http://127.0.0.1:${bound}/`,
    close: async () => {
      http.closeAllConnections();
      await Promise.all([close(smtp), close(http)]);
    },
  };
}

function smtpServer(store) {
  const server = new SMTPServer({
    name: 'inbox.localhost',
    authOptional: true,
    allowInsecureAuth: true,
    // A certificate nobody trusts would only make clients refuse the connection.
    hideSTARTTLS: true,
    disableReverseLookup: true,
    closeTimeout: 500,
    size: MAX_MAIL_BYTES,
    onAuth: ({ username }, session, done) => done(null, { user: username }),
    onData: (stream, session, done) => {
      receive(store, stream, session).then(() => done(), done);
    },
  });
  // A client that hangs up in mid-sentence is no reason to end.
  server.on('error', () => {});
  return server;
}

async function receive(store, stream, session) {
  const chunks = [];
  for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk);
  if (stream.sizeExceeded) {
    const tooBig = new Error(`This inbox takes mails of up to ${MAX_MAIL_BYTES / 1024 / 1024} MiB`);
    throw Object.assign(tooBig, { responseCode: 552 });
  }
  const raw = Buffer.concat(chunks);
  const parsed = await simpleParser(raw, { skipTextToHtml: true, maxHtmlLengthToParse: 2_000_000 });
  store.add({ raw, parsed, recipients: session.envelope.rcptTo.map(({ address }) => address) });
}

const listen = (server, port) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

const close = (server) => new Promise((resolve) => server.close(() => resolve()));

async function runAlone() {
  const { env } = process;
  const inbox = await startInbox({
    smtpPort: Number(env.INBOX_SMTP_PORT || 1025),
    port: Number(env.INBOX_PORT || 1080),
  });
  console.log(`Inbox: ${inbox.url}  (send mail to smtp://127.0.0.1:${inbox.smtpPort})`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void inbox.close());
  onParentGone(() => void inbox.close());
}

if (/[\\/]inbox(\.mjs)?$/.test(process.argv[1] ?? '')) {
  runAlone().catch((error) => {
    const taken = error.code === 'EADDRINUSE';
    console.error(taken ? `Port ${error.port} is in use: set INBOX_PORT or INBOX_SMTP_PORT` : error);
    process.exitCode = 1;
  });
}
