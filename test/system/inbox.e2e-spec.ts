import { get } from 'node:http';
import { createTransport } from 'nodemailer';
import { startInbox, type Inbox } from '../../scripts/inbox.mjs';

interface Shown {
  id: string;
  to: string[];
  subject: string;
  deliveries: number;
}

describe('the development inbox', () => {
  let inbox: Inbox;

  beforeAll(async () => {
    inbox = await startInbox({ smtpPort: 0, port: 0 });
  });

  afterAll(() => inbox?.close());

  const send = (mail: object) =>
    createTransport(`smtp://any:password@127.0.0.1:${inbox.smtpPort}`).sendMail({
      from: 'Keelson <no-reply@keelson.test>',
      ...mail,
    });

  async function mailsTo(recipient: string): Promise<Shown[]> {
    const response = await fetch(`${inbox.url}api/messages?to=${encodeURIComponent(recipient)}`);
    return ((await response.json()) as { items: Shown[] }).items;
  }

  async function oneTo(recipient: string): Promise<Shown> {
    const [mail, ...others] = await mailsTo(recipient);
    expect(others).toEqual([]);
    return mail!;
  }

  it('shows a mail to whoever searches for its recipient, the hidden ones included', async () => {
    await send({ to: 'Ada@example.test', bcc: 'hidden@example.test', subject: 'Grüße', text: 'Hello' });
    const mail = await oneTo('aDA@exam');
    expect(mail).toMatchObject({
      subject: 'Grüße',
      to: ['Ada@example.test', 'hidden@example.test'],
      deliveries: 1,
    });
    expect((await oneTo('hidden@example.test')).id).toBe(mail.id);
    const detail = (await (await fetch(`${inbox.url}api/messages/${mail.id}`)).json()) as Record<
      string,
      unknown
    >;
    expect(detail).toMatchObject({ text: 'Hello\n', html: null });
    expect(detail.headers).toContainEqual({ name: 'From', value: 'Keelson <no-reply@keelson.test>' });
  });

  it('shows newest first, and a mail that is delivered again once, with a count', async () => {
    await send({ to: 'order@example.test', subject: 'older', messageId: '<same@keelson.test>', text: 'x' });
    await send({ to: 'order@example.test', subject: 'newer', text: 'x' });
    await send({ to: 'order@example.test', subject: 'older', messageId: '<same@keelson.test>', text: 'x' });
    const shown = (await mailsTo('order@example.test')).map(({ subject, deliveries }) => [
      subject,
      deliveries,
    ]);
    expect(shown).toEqual([
      ['newer', 1],
      ['older', 2],
    ]);
  });

  it('shows the HTML of a mail in a frame that runs no script and loads nothing', async () => {
    const html = '<p>Hi</p><script>alert(1)</script>';
    await send({ to: 'html@example.test', subject: '<img src=x onerror=alert(1)>', html });
    const { id } = await oneTo('html@example.test');
    const page = await (await fetch(`${inbox.url}messages/${id}`)).text();
    const frame = /<iframe[^>]*>/.exec(page)?.[0] ?? '';
    expect(frame).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(page).not.toMatch(/<script|<img/);
    const framed = await fetch(new URL(/src="([^"]+)"/.exec(frame)![1]!, inbox.url));
    expect(await framed.text()).toContain(html);
    const policy = framed.headers.get('content-security-policy')!;
    expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';/);
    expect(policy).not.toMatch(/allow-scripts|script-src|allow-same-origin/);
  });

  it('refuses a page of another site, by name or by origin', async () => {
    await send({ to: 'secret@example.test', subject: 'reset', text: 'x' });
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.test' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    ];
    for (const headers of foreign) {
      const response = await fetch(`${inbox.url}api/messages`, { method: 'DELETE', headers });
      expect(response.status).toBe(403);
    }
    expect(await statusForHost('rebound.evil.test')).toBe(403);
    expect(await mailsTo('secret@example.test')).toHaveLength(1);
  });

  // fetch() does not let a caller choose the Host field.
  function statusForHost(host: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      get(`${inbox.url}api/messages`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).once('error', reject);
    });
  }

  it('refuses a mail that is too big, and answers odd requests in the same manner as plain ones', async () => {
    const big = send({ to: 'big@example.test', text: 'x'.repeat(11 * 1024 * 1024) });
    await expect(big).rejects.toMatchObject({ responseCode: 552 });
    const statuses = await Promise.all(
      ['%00', 'api/messages/constructor', 'messages/__proto__/html', 'api/messages?to=%ff'].map(
        async (target) => (await fetch(inbox.url + target)).status,
      ),
    );
    expect(statuses).toEqual([404, 404, 404, 200]);
    expect((await fetch(`${inbox.url}api/messages`, { method: 'PUT' })).headers.get('allow')).toBe(
      'GET, DELETE',
    );
  });

  it('forgets the oldest when it holds 500', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: inbox.smtpPort,
      pool: true,
      maxConnections: 4,
    });
    await send({ to: 'first@example.test', text: 'x' });
    const mails = Array.from({ length: 500 }, (_, index) => ({
      from: 'a@b.test',
      to: `n${index}@b.test`,
      text: 'x',
    }));
    await Promise.all(mails.map((mail) => transport.sendMail(mail)));
    transport.close();
    expect(await mailsTo('first@example.test')).toEqual([]);
    expect(await mailsTo('')).toHaveLength(500);
  });
});
