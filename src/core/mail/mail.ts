import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { defineJob } from '../jobs/job';
import { Jobs } from '../jobs/jobs';

/** One line: whatever could begin another header stays out. */
const headerText = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'is not one line of text');

const messageSchema = z.object({
  to: z.email().max(254),
  subject: headerText(500),
  text: z.string().max(500_000),
  html: z.string().max(500_000).optional(),
});

/** A mail to one person, from the address in MAIL_FROM. */
export type MailMessage = z.output<typeof messageSchema>;

/** With the pause doubling from one second: for about nine hours. */
export const sendMail = defineJob({
  name: 'mail.send',
  schema: messageSchema,
  // Mails carry links that reset a password.
  sealed: true,
  attempts: 16,
  backoffMs: 1000,
  concurrency: 4,
});

/** Mail, sent by the worker. */
@Injectable()
export class Mail {
  constructor(private readonly jobs: Jobs) {}

  /** Sends a mail with the running transaction: if and only if it commits. @throws InvalidPayloadError */
  async send(message: MailMessage): Promise<void> {
    await this.jobs.enqueue(sendMail, message);
  }
}
