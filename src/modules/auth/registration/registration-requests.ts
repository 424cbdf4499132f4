import { Injectable } from '@nestjs/common';
import { Jobs } from '../../../core/jobs/jobs';
import { NewPasswords } from '../password/new-passwords';
import type { Registration } from './registration.schema';
import { makeAccount } from './registration.service';

/** What anybody may ask for: an account. */
@Injectable()
export class RegistrationRequests {
  constructor(
    private readonly newPasswords: NewPasswords,
    private readonly jobs: Jobs,
  ) {}

  /**
   * Looks at the password, and leaves the rest to a job: the request does the same work for every address, so that
   * neither its answer nor its time tells which have an account. @throws Problem password_breached
   */
  async ask({ email, name, password }: Registration): Promise<void> {
    const passwordHash = await this.newPasswords.hash('/password', password, { email, name });
    await this.jobs.enqueue(makeAccount, { email, name, passwordHash });
  }
}
