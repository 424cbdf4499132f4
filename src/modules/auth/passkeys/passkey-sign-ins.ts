import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SecondFactors } from '../sign-in/second-factors';
import { SignIns } from '../sign-in/sign-ins';
import { PasskeyChecks, PasskeyRefused } from './passkey-checks';
import { PasskeysService } from './passkeys.service';
import { passkeyAnswer, type PasskeySignIn } from './passkeys.schema';

/** What a passkey is good for: a sign-in by itself, and a second factor after a password. */
@Injectable()
export class PasskeySignIns implements OnModuleInit {
  constructor(
    private readonly checks: PasskeyChecks,
    private readonly passkeys: PasskeysService,
    private readonly signIns: SignIns,
    private readonly factors: SecondFactors,
  ) {}

  onModuleInit(): void {
    this.factors.register({
      name: 'passkey',
      has: async (userId) => (await this.passkeys.count(userId)) > 0,
      check: (userId, answer) => this.check(userId, answer),
      remove: (userId) => this.passkeys.removeAll(userId),
    });
  }

  async signIn({ challenge, credential, ...options }: PasskeySignIn) {
    const userId = await this.checks.identify({ challenge, credential });
    return this.signIns.complete({ userId, methods: ['passkey'] }, options);
  }

  /** @throws Problem challenge_not_usable; passkey_refused */
  private async check(userId: string, answer: unknown): Promise<void> {
    const { data } = passkeyAnswer.safeParse(answer);
    if (!data) throw PasskeyRefused();
    await this.checks.identify(data, userId);
  }
}
