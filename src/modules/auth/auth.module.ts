import { Module } from '@nestjs/common';
import { entities } from '../../core/database/entities';
import { httpConfig } from '../../core/http/http.config';
import { UsersModule } from '../users/users.module';
import { AccountController } from './account/account.controller';
import { AccountRemoval } from './account/account-removal';
import { authConfig } from './auth.config';
import { AuthSeeds } from './auth.seeds';
import { ExpiredRows } from './expired-rows';
import { AuthKey } from './keys/auth-key.entity';
import { JwksController } from './keys/jwks.controller';
import { SigningKeys } from './keys/signing-keys';
import { LocalStrategy } from './login/local.strategy';
import { LoginAttempt } from './login/login-attempt.entity';
import { LoginAttempts } from './login/login-attempts';
import { LoginController } from './login/login.controller';
import { LoginService } from './login/login.service';
import { PasskeyChecks } from './passkeys/passkey-checks';
import { PasskeyHolder } from './passkeys/passkey-holder.entity';
import { PasskeyNotices } from './passkeys/passkey-notices';
import { PasskeyRegistrations } from './passkeys/passkey-registrations';
import { PasskeySignInController } from './passkeys/passkey-sign-in.controller';
import { PasskeySignIns } from './passkeys/passkey-sign-ins';
import { Passkey } from './passkeys/passkey.entity';
import { passkeysConfig } from './passkeys/passkeys.config';
import { PasskeysController } from './passkeys/passkeys.controller';
import { PasskeysService } from './passkeys/passkeys.service';
import { RelyingParty } from './passkeys/relying-party';
import { MagicLinkController } from './magic-link/magic-link.controller';
import { MagicLinks } from './magic-link/magic-links';
import { PasswordController } from './password/password.controller';
import { Password } from './password/password.entity';
import { PasswordChanges } from './password/password-changes';
import { PasswordReplacement } from './password/password-replacement';
import { PasswordResets } from './password/password-resets';
import { PasswordsService } from './password/passwords.service';
import { AddressProofs } from './registration/address-proofs';
import { RegistrationController } from './registration/registration.controller';
import { RegistrationService } from './registration/registration.service';
import { VerificationService } from './registration/verification.service';
import { GrantsController } from './sessions/grants.controller';
import { GrantsService } from './sessions/grants.service';
import { PrincipalLoader } from './sessions/principal-loader';
import { RefreshToken } from './sessions/refresh-token.entity';
import { RefreshTokens } from './sessions/refresh-tokens';
import { Session } from './sessions/session.entity';
import { SessionActivity } from './sessions/session-activity';
import { SessionLifetime } from './sessions/session-lifetime';
import { SessionsController } from './sessions/sessions.controller';
import { SessionsService } from './sessions/sessions.service';
import { Standings } from './sessions/standings';
import { TokenAuthenticator } from './sessions/token-authenticator';
import { Challenge } from './sign-in/challenge.entity';
import { Challenges } from './sign-in/challenges';
import { Proofs } from './sign-in/proofs';
import { SecondFactors } from './sign-in/second-factors';
import { SignIns } from './sign-in/sign-ins';
import { WaysIn } from './sign-in/ways-in';
import { AccessTokens } from './tokens/access-tokens';
import { OneTimeToken } from './tokens/one-time-token.entity';
import { OneTimeTokens } from './tokens/one-time-tokens';
import { TokenMails } from './tokens/token-mails';
import { TokenRequests } from './tokens/token-requests';

const ACCOUNT = [
  AuthSeeds,
  AccountRemoval,
  AddressProofs,
  ExpiredRows,
  RegistrationService,
  VerificationService,
];
const LOGIN = [LocalStrategy, LoginAttempts, LoginService, MagicLinks];
const PASSKEYS = [
  passkeysConfig.provider,
  PasskeyChecks,
  PasskeyNotices,
  PasskeyRegistrations,
  PasskeySignIns,
  PasskeysService,
  RelyingParty,
];
const PASSWORD = [PasswordChanges, PasswordReplacement, PasswordResets, PasswordsService];
const SESSIONS = [
  GrantsService,
  PrincipalLoader,
  RefreshTokens,
  SessionActivity,
  SessionLifetime,
  SessionsService,
  Standings,
  TokenAuthenticator,
];
const SIGN_IN = [Challenges, Proofs, SecondFactors, SignIns, WaysIn];
const TOKENS = [AccessTokens, OneTimeTokens, SigningKeys, TokenMails, TokenRequests];

/** Who somebody is: registration, passwords, sessions and the tokens that prove them. */
@Module({
  imports: [
    UsersModule,
    entities(
      AuthKey,
      Challenge,
      LoginAttempt,
      OneTimeToken,
      Passkey,
      PasskeyHolder,
      Password,
      RefreshToken,
      Session,
    ),
  ],
  controllers: [
    AccountController,
    GrantsController,
    JwksController,
    LoginController,
    MagicLinkController,
    PasskeySignInController,
    PasskeysController,
    PasswordController,
    RegistrationController,
    SessionsController,
  ],
  providers: [
    authConfig.provider,
    httpConfig.provider,
    ...ACCOUNT,
    ...LOGIN,
    ...PASSKEYS,
    ...PASSWORD,
    ...SESSIONS,
    ...SIGN_IN,
    ...TOKENS,
  ],
})
export class AuthModule {}
