// The mails of the development inbox: in memory, newest first, bounded in number and in bytes.
import { randomUUID } from 'node:crypto';

const MAX_MAILS = 500;
const MAX_BYTES = 128 * 1024 * 1024;

export class MailStore {
  #mails = new Map();
  #bytes = 0;

  /** Keeps a mail. One Message-ID is one entry: a second delivery adds to its count and its recipients. */
  add({ raw, parsed, recipients }) {
    const known = parsed.messageId && this.#find(parsed.messageId);
    if (known) {
      known.deliveries += 1;
      known.to = [...new Set([...known.to, ...recipients])];
      return;
    }
    const mail = {
      id: randomUUID(),
      messageId: parsed.messageId ?? null,
      from: parsed.from?.text ?? '',
      to: [...new Set(recipients)],
      subject: parsed.subject ?? '',
      receivedAt: new Date().toISOString(),
      deliveries: 1,
      size: raw.length,
      text: parsed.text ?? '',
      html: parsed.html || null,
      headers: parsed.headerLines.map(({ line }) => splitHeader(line)),
      attachments: parsed.attachments,
      raw,
    };
    this.#mails.set(mail.id, mail);
    this.#bytes += mail.size;
    this.#dropOldest();
  }

  /** Newest first; `to` keeps those with a recipient that contains it, whatever the case. */
  list(to = '') {
    const wanted = to.trim().toLowerCase();
    const matches = ({ to: recipients }) =>
      recipients.some((address) => address.toLowerCase().includes(wanted));
    return [...this.#mails.values()].reverse().filter((mail) => !wanted || matches(mail));
  }

  find(id) {
    return this.#mails.get(id);
  }

  clear() {
    this.#mails.clear();
    this.#bytes = 0;
  }

  #find(messageId) {
    for (const mail of this.#mails.values()) if (mail.messageId === messageId) return mail;
    return undefined;
  }

  #dropOldest() {
    for (const [id, mail] of this.#mails) {
      if (this.#mails.size === 1 || (this.#mails.size <= MAX_MAILS && this.#bytes <= MAX_BYTES)) return;
      this.#mails.delete(id);
      this.#bytes -= mail.size;
    }
  }
}

/** What `GET /api/messages` tells of a mail. */
export const summaryOf = (mail) => ({
  id: mail.id,
  messageId: mail.messageId,
  from: mail.from,
  to: mail.to,
  subject: mail.subject,
  receivedAt: mail.receivedAt,
  deliveries: mail.deliveries,
  size: mail.size,
});

/** What `GET /api/messages/{id}` tells of a mail. */
export const detailOf = (mail) => ({
  ...summaryOf(mail),
  text: mail.text,
  html: mail.html,
  headers: mail.headers,
  attachments: mail.attachments.map(({ filename, contentType, size }) => ({
    filename: filename ?? null,
    contentType,
    size,
  })),
  raw: mail.raw.toString('utf8'),
});

function splitHeader(line) {
  const colon = line.indexOf(':');
  return {
    name: line.slice(0, colon),
    value: line
      .slice(colon + 1)
      .replace(/\r?\n[ \t]+/g, ' ')
      .trim(),
  };
}
