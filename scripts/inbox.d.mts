/** A running development inbox: `smtpPort` takes mails, `url` shows them and offers `api/messages`. */
export interface Inbox {
  smtpPort: number;
  port: number;
  url: string;
  close(): Promise<void>;
}

export function startInbox(ports?: { smtpPort?: number; port?: number }): Promise<Inbox>;
