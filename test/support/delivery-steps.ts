import type { Passage } from './database-proxy';

/** A step between a message in the outbox and a mail that is sent, recognised by what passes to PostgreSQL. */
export interface DeliveryStep {
  readonly name: string;
  readonly side: Passage['side'];
  readonly asked: RegExp;
  /** The answer brings something of this job: to take nothing is no step. */
  readonly brings?: string;
}

const JOB = 'job:mail.send';

/** In the order of a delivery; before each, everything above it has happened, and nothing below. */
export const DELIVERY_STEPS: readonly DeliveryStep[] = [
  { name: 'messages claimed', side: 'answered', asked: /for update skip locked/, brings: JOB },
  { name: 'job about to be queued', side: 'asked', asked: /add_job\(/ },
  { name: 'job queued, message still in the outbox', side: 'answered', asked: /add_job\(/ },
  { name: 'messages about to be deleted', side: 'asked', asked: /delete from outbox/ },
  { name: 'messages deleted, not committed', side: 'asked', asked: /delete from outbox[^]*COMMIT/ },
  { name: 'hand-over committed', side: 'answered', asked: /delete from outbox[^]*COMMIT/ },
  { name: 'job taken', side: 'answered', asked: /move_to_active\(/, brings: JOB },
  { name: 'inbox written, mail not sent', side: 'answered', asked: /insert into inbox/ },
  { name: 'mail sent, about to commit', side: 'asked', asked: /insert into inbox[^]*COMMIT/ },
  { name: 'committed, job not completed', side: 'answered', asked: /insert into inbox[^]*COMMIT/ },
  { name: 'job about to be completed', side: 'asked', asked: /move_to_completed/ },
  { name: 'job completed, worker not told', side: 'answered', asked: /move_to_completed/ },
];

/** Whether this passage is that step. */
export const isStep = (step: DeliveryStep, { side, asked, answer }: Passage): boolean =>
  side === step.side && step.asked.test(asked) && answer.includes(step.brings ?? '');

/** The step of this name. */
export const stepNamed = (wanted: string): DeliveryStep =>
  DELIVERY_STEPS.find(({ name }) => name === wanted)!;
