import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

export interface ReceivedMail {
  readonly messageId: string;
  readonly to: string;
  /** The name by which the sender introduced itself. */
  readonly client: string;
  readonly parsed: ParsedMail;
  readonly raw: string;
}

export interface MailServer {
  readonly url: string;
  /** Everything the server accepted, in order of arrival: what went over the wire twice is here twice. */
  readonly received: ReceivedMail[];
  close(): Promise<void>;
}

/** What the server says to a mail: undefined accepts it, a number refuses with that code. */
export type Verdict = (mail: ReceivedMail) => number | undefined;

/** A real SMTP server on a free port of the loopback. */
export async function startMailServer(verdict: Verdict = () => undefined): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    closeTimeout: 200,
    onData: (stream, session, done) => {
      const take = async () => {
        const mail = await read(stream, session);
        const responseCode = verdict(mail);
        if (responseCode) throw Object.assign(new Error('not this one'), { responseCode });
        received.push(mail);
      };
      take().then(() => done(), done);
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function read(stream: NodeJS.ReadableStream, session: SMTPServerSession): Promise<ReceivedMail> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const parsed = await simpleParser(raw);
  const to = session.envelope.rcptTo.map(({ address }) => address).join();
  const client = session.hostNameAppearsAs;
  return { messageId: parsed.messageId ?? '', to, client, parsed, raw: raw.toString('utf8') };
}
