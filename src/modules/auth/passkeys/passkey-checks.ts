import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../../core/database/database';
import { defineProblem } from '../../../core/http/problem';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { type ChallengeKind, Challenges } from '../sign-in/challenges';
import type { Passkey } from './passkey.entity';
import type { PasskeyAnswer } from './passkeys.schema';
import { RelyingParty } from './relying-party';

export const PasskeyRefused = defineProblem(
  'unauthenticated',
  'passkey_refused',
  'The passkey was not accepted',
  'Ask for new options at POST /v1/auth/passkeys/options and try again, or sign in another way.',
);

const refused = defineSecurityEvent(
  'auth.passkey_refused',
  'Somebody showed one of your passkeys, but could not prove to have it.',
);
const counterWentBack = defineSecurityEvent(
  'auth.passkey_counter_went_back',
  'One of your passkeys was refused, because it seems to have been copied. Remove it if it was not you.',
);

const assertion = {
  name: 'passkey_assertion',
  seconds: 300,
  schema: z.object({}),
} satisfies ChallengeKind<z.ZodType>;

type Known = Pick<Passkey, 'id' | 'userId' | 'name' | 'credentialId' | 'publicKey' | 'backupEligible'>;

/** The authenticator names both, the passkey and whose it is (WebAuthn level 3, 7.2 step 6). */
const FIND = `
  select id, user_id as "userId", name, credential_id as "credentialId", public_key as "publicKey",
    backup_eligible as "backupEligible"
  from auth_passkeys join auth_passkey_holders using (user_id)
  where credential_id = $1 and handle = $2`;

/** Of two uses with the same count one finds the row. A passkey that does not count says 0 every time. */
const USE = `
  update auth_passkeys set sign_count = $2, backed_up = $3, last_used_at = now(), version = version + 1
  where id = $1 and (sign_count < $2 or sign_count = 0 and $2 = 0) returning id`;

/** Finds out whose passkey it is that somebody shows. */
@Injectable()
export class PasskeyChecks {
  constructor(
    private readonly database: Database,
    private readonly challenges: Challenges,
    private readonly relyingParty: RelyingParty,
    private readonly events: SecurityEvents,
  ) {}

  /** The same for everybody: nobody has said yet who they are. */
  async options() {
    const { seconds } = assertion;
    const challenge = await this.challenges.issue(assertion, {});
    return {
      challenge,
      expiresIn: seconds,
      publicKey: await this.relyingParty.requestOptions(challenge, seconds),
    };
  }

  /**
   * The user whose passkey answered, who must be `expected` if that is given; of several who show the same answer
   * one gets in.
   * @throws Problem challenge_not_usable; passkey_refused, also for a passkey that nobody has
   */
  identify(answer: PasskeyAnswer, expected?: string): Promise<string> {
    // Challenge and passkey are looked up as before sign-in, also for who is signed in and proves it again.
    return this.database.within({}, async () => {
      const { challenge, credential } = answer;
      await this.challenges.take(assertion, challenge);
      const known = await this.find(credential);
      if (!known || known.userId !== (expected ?? known.userId)) throw PasskeyRefused();
      const shown = await this.relyingParty.verifyAssertion(challenge, credential, known);
      if (!shown) return this.refuse(refused, known);
      const [rows] = await this.database.manager.query(USE, [known.id, shown.signCount, shown.backedUp]);
      return rows.length > 0 ? known.userId : this.refuse(counterWentBack, known);
    });
  }

  private async find({ id, response }: PasskeyAnswer['credential']): Promise<Known | undefined> {
    const values = [id, response.userHandle].map((text) => Buffer.from(text, 'base64url'));
    const [known] = await this.database.manager.query(FIND, values);
    return known;
  }

  private async refuse(event: typeof refused, { userId, name }: Known): Promise<never> {
    await this.events.record(event, { userId, details: { passkey: name } });
    throw PasskeyRefused();
  }
}
