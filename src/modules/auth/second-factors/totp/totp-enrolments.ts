import { Injectable } from '@nestjs/common';
import { renderSVG } from 'uqr';
import { z } from 'zod';
import type { Principal } from '../../../../core/auth/principal';
import { defineProblem } from '../../../../core/http/problem';
import { defineSecurityEvent } from '../../../../core/security-events/security-events';
import { UsersService } from '../../../users/users.service';
import { type ChallengeKind, Challenges } from '../../sign-in/challenges';
import { FactorChanges } from '../factor-changes';
import type { TotpConfirmation } from '../second-factors.schema';
import { base32Of, newSecret, stepOf } from './one-time-codes';
import { TotpService } from './totp.service';

export const TotpSetUpAlready = defineProblem(
  'conflict',
  'totp_set_up_already',
  'You have an authenticator app already',
  'Remove it at DELETE /v1/me/totp before you set up another.',
);
export const TotpNotSetUp = defineProblem(
  'not-found',
  'totp_not_set_up',
  'You have no authenticator app',
  'Set one up at POST /v1/me/totp.',
);
/** Not a 401: the caller is signed in, and a client that refreshed its tokens and tried again would be wrong again. */
export const WrongCode = defineProblem(
  'invalid',
  'wrong_code',
  'The code is not the one of this moment',
  'Check the clock of the device, and send what the app shows now for the secret of this very `challenge`.',
);

const totpAdded = defineSecurityEvent('auth.totp_added', 'An authenticator app was added to your account.');
const totpRemoved = defineSecurityEvent(
  'auth.totp_removed',
  'The authenticator app was removed from your account.',
);

/** Long enough to install an app first. The secret is sealed here, too. */
const enrolment = {
  name: 'totp_enrolment',
  seconds: 600,
  schema: z.object({ sealedSecret: z.base64() }),
} satisfies ChallengeKind<z.ZodType>;

/** How an authenticator app comes to an account, and goes. */
@Injectable()
export class TotpEnrolments {
  constructor(
    private readonly totps: TotpService,
    private readonly challenges: Challenges,
    private readonly changes: FactorChanges,
    private readonly users: UsersService,
  ) {}

  /** Changes nothing yet. @throws Problem totp_set_up_already */
  async begin({ userId }: Principal) {
    if (await this.totps.find(userId)) throw TotpSetUpAlready();
    const { email } = await this.users.get(userId);
    const secret = newSecret();
    const sealedSecret = this.totps.seal(userId, secret).toString('base64');
    const uri = this.totps.keyUri(secret, email);
    return {
      challenge: await this.challenges.issue(enrolment, { sealedSecret }, userId),
      expiresIn: enrolment.seconds,
      secret: base32Of(secret),
      uri,
      qrCode: `data:image/svg+xml;base64,${Buffer.from(renderSVG(uri, { border: 4 })).toString('base64')}`,
    };
  }

  /** Answers new recovery codes. @throws Problem challenge_not_usable; wrong_code; totp_set_up_already */
  async confirm(owner: Principal, { challenge, code }: TotpConfirmation): Promise<string[]> {
    const { userId } = owner;
    // Row policies show a caller their own challenges only.
    const { sealedSecret } = await this.challenges.attempt(enrolment, challenge);
    const secret = this.totps.unseal(userId, Buffer.from(sealedSecret, 'base64'));
    const step = stepOf(secret, code, Date.now());
    if (step === null) throw WrongCode();
    return this.changes.add(owner, 'totp', totpAdded, async () => {
      await this.challenges.take(enrolment, challenge);
      if (!(await this.totps.add(userId, secret, step))) throw TotpSetUpAlready();
    });
  }

  /** @throws Problem totp_not_set_up */
  remove(owner: Principal): Promise<void> {
    return this.changes.remove(owner, 'totp', totpRemoved, async () => {
      if (!(await this.totps.remove(owner.userId))) throw TotpNotSetUp();
    });
  }
}
