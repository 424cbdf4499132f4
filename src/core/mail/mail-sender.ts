import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { PermanentFailure } from '../jobs/job';
import { Jobs } from '../jobs/jobs';
import { type MailMessage, sendMail } from './mail';
import { mailConfig, type MailConfig } from './mail.config';

const CONNECTIONS = 4;
const CONNECT_WITHIN_MS = 5000;
/** In all; the transaction of the job is open meanwhile, and PostgreSQL ends idle ones after 30 s. */
const SEND_WITHIN_MS = 20_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Sends mails over SMTP, in the worker. A mail is sent once, with one exception that SMTP leaves open: when the
 * process dies after the server took the mail and before the inbox committed, it goes over the wire again, with the
 * same Message-ID (RFC 5322, 3.6.4), by which mailboxes recognise that they have it.
 */
@Injectable()
export class MailSender implements OnModuleInit, BeforeApplicationShutdown {
  private readonly transport: Transporter;

  constructor(
    private readonly jobs: Jobs,
    @Inject(mailConfig.token) private readonly config: MailConfig,
  ) {
    // What the address says goes before what stands here.
    this.transport = createTransport({
      url: config.SMTP_URL,
      pool: true,
      maxConnections: CONNECTIONS,
      requireTLS: !LOOPBACK.test(new URL(config.SMTP_URL).hostname),
      connectionTimeout: CONNECT_WITHIN_MS,
      greetingTimeout: CONNECT_WITHIN_MS,
      dnsTimeout: CONNECT_WITHIN_MS,
      socketTimeout: SEND_WITHIN_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  onModuleInit(): void {
    this.jobs.handle(sendMail, (message, { id }) => this.send(message, id));
  }

  beforeApplicationShutdown(): void {
    this.transport.close();
  }

  private async send({ to, subject, text, html }: MailMessage, id: string): Promise<void> {
    const domain = this.config.MAIL_FROM.slice(this.config.MAIL_FROM.lastIndexOf('@') + 1, -1);
    const mail = {
      from: this.config.MAIL_FROM,
      to: { name: '', address: to },
      subject,
      text,
      html,
      messageId: `<${id}@${domain}>`,
      // RFC 3834: nobody's holiday notice needs to answer.
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: AbortSignal.timeout(SEND_WITHIN_MS),
    };
    try {
      await this.transport.sendMail(mail);
    } catch (error) {
      if (isRefusal(error)) throw new PermanentFailure(error.message, { cause: error });
      throw error;
    }
  }
}

/** The server will not take this mail for this recipient, today or tomorrow: a 5xx to the envelope or the message. */
function isRefusal(error: unknown): error is Error {
  const { code, permanent } = error as { code?: string; permanent?: boolean };
  return permanent === true && (code === 'EENVELOPE' || code === 'EMESSAGE');
}
