import { Injectable } from '@nestjs/common';
import { VerificationService } from '../registration/verification.service';
import { SignIns } from '../sign-in/sign-ins';
import { MAIL_SENT } from '../tokens/mail-sent';
import { OneTimeTokens } from '../tokens/one-time-tokens';
import { hashOf, newToken } from '../tokens/opaque-token';
import { TokenRequests } from '../tokens/token-requests';
import type { MagicLinkSignIn } from './magic-link.schema';

/**
 * Sign-in by mail. The token is worth something only with the binding, which the browser that asked keeps: nobody can
 * ask in another's name and have them confirm it, or send somebody a link that signs them in to a foreign account.
 */
@Injectable()
export class MagicLinks {
  constructor(
    private readonly tokens: OneTimeTokens,
    private readonly requests: TokenRequests,
    private readonly verifications: VerificationService,
    private readonly signIns: SignIns,
  ) {}

  /** Mails a token, if the address has an account; what is answered does not depend on it. */
  async ask(email: string) {
    const binding = newToken('magic_link_binding');
    await this.requests.ask('magic_link', email, hashOf('magic_link_binding', binding));
    return { ...MAIL_SENT, binding, expiresIn: this.tokens.secondsOf('magic_link') };
  }

  /** @throws Problem token_not_usable, and whatever {@link SignIns.complete} refuses; the token is used up then */
  async signIn({ token, binding, ...options }: MagicLinkSignIn) {
    const bindingHash = hashOf('magic_link_binding', binding);
    const userId = await this.verifications.redeem('magic_link', token, bindingHash);
    return this.signIns.complete({ userId, methods: ['email'] }, options);
  }
}
