import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { defineProblem } from '../../../core/http/problem';
import { type ChallengeKind, ChallengeNotUsable, Challenges } from '../sign-in/challenges';
import { NewPasskeys } from './new-passkeys';
import type { Passkey } from './passkey.entity';
import type { NewPasskey } from './passkeys.schema';
import { RelyingParty } from './relying-party';

export const PasskeyNotRegistered = defineProblem(
  'invalid',
  'passkey_not_registered',
  'This is not a passkey for your account here',
  'Ask for new options at POST /v1/me/passkeys/options, and pass on what the browser answers, unchanged.',
);

/** People take their time: they look for the key, and read what the device says. */
const registration = {
  name: 'passkey_registration',
  seconds: 300,
  schema: z.object({ userId: z.string() }),
} satisfies ChallengeKind<z.ZodType>;

/** How an account gets a passkey. */
@Injectable()
export class PasskeyRegistrations {
  constructor(
    private readonly newPasskeys: NewPasskeys,
    private readonly challenges: Challenges,
    private readonly relyingParty: RelyingParty,
  ) {}

  async options(userId: string) {
    const holder = await this.newPasskeys.holderOf(userId);
    const { seconds } = registration;
    const challenge = await this.challenges.issue(registration, { userId }, userId);
    const publicKey = await this.relyingParty.creationOptions(challenge, seconds, holder);
    return { challenge, expiresIn: seconds, publicKey };
  }

  /** @throws Problem challenge_not_usable; passkey_not_registered; passkey_taken; too_many_passkeys */
  async register(userId: string, { challenge, name, credential }: NewPasskey): Promise<Passkey> {
    const asked = await this.challenges.take(registration, challenge);
    if (asked.userId !== userId) throw ChallengeNotUsable();
    const made = await this.relyingParty.verifyRegistration(challenge, credential);
    if (!made) throw PasskeyNotRegistered();
    return this.newPasskeys.add(userId, { ...made, name, transports: credential.response.transports });
  }
}
