import { Module } from '@nestjs/common';
import { entities } from '../../core/database/entities';
import { httpConfig } from '../../core/http/http.config';
import { UsersModule } from '../users/users.module';
import { AccountController } from './account/account.controller';
import { AccountDisablement } from './account/account-disablement';
import { AccountRemoval } from './account/account-removal';
import { authConfig } from './auth.config';
import { AuthSeeds } from './auth.seeds';
import { CookieAuthenticator } from './cookies/cookie-authenticator';
import { CookieGrants } from './cookies/cookie-grants';
import { ExpiredRows } from './expired-rows';
import { AuthKey } from './keys/auth-key.entity';
import { JwksController } from './keys/jwks.controller';
import './keys/keys.commands';
import { SigningKeys } from './keys/signing-keys';
import { LocalStrategy } from './login/local.strategy';
import { LoginAttempt } from './login/login-attempt.entity';
import { LoginAttempts } from './login/login-attempts';
import { LoginController } from './login/login.controller';
import { LoginService } from './login/login.service';
import { NewPasskeys } from './passkeys/new-passkeys';
import { PasskeyChecks } from './passkeys/passkey-checks';
import { PasskeyHolder } from './passkeys/passkey-holder.entity';
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
import { AccessRevocation } from './password/access-revocation';
import { BreachedPasswords } from './password/breached-passwords';
import { NewPasswords } from './password/new-passwords';
import { passwordConfig } from './password/password.config';
import { PasswordChanges } from './password/password-changes';
import { PasswordNotices } from './password/password-notices';
import { PasswordReplacement } from './password/password-replacement';
import { PasswordResets } from './password/password-resets';
import { PasswordsService } from './password/passwords.service';
import { ProofChecks } from './proof/proof-checks';
import { ProofController } from './proof/proof.controller';
import { StepUp } from './proof/step-up';
import { AddressProofs } from './registration/address-proofs';
import { RegistrationController } from './registration/registration.controller';
import { RegistrationRequests } from './registration/registration-requests';
import { RegistrationService } from './registration/registration.service';
import { VerificationService } from './registration/verification.service';
import { FactorChanges } from './second-factors/factor-changes';
import { FactorNotices } from './second-factors/factor-notices';
import { MySecondFactorsController } from './second-factors/my-second-factors.controller';
import { RecoveryCode } from './second-factors/recovery-codes/recovery-code.entity';
import { RecoveryCodesService } from './second-factors/recovery-codes/recovery-codes.service';
import './second-factors/second-factors.commands';
import { SecondFactorOverview } from './second-factors/second-factor-overview';
import { SecondFactorReset } from './second-factors/second-factor-reset';
import { SecondFactorSignInController } from './second-factors/second-factor-sign-in.controller';
import { SecondFactorSignIns } from './second-factors/second-factor-sign-ins';
import { CodeAttempt } from './second-factors/totp/code-attempt.entity';
import { CodeAttempts } from './second-factors/totp/code-attempts';
import { Totp } from './second-factors/totp/totp.entity';
import { TotpEnrolments } from './second-factors/totp/totp-enrolments';
import { TotpService } from './second-factors/totp/totp.service';
import { GrantsController } from './sessions/grants.controller';
import { GrantsService } from './sessions/grants.service';
import { PrincipalLoader } from './sessions/principal-loader';
import { RefreshToken } from './sessions/refresh-token.entity';
import { RefreshTokens } from './sessions/refresh-tokens';
import { Session } from './sessions/session.entity';
import { SessionActivity } from './sessions/session-activity';
import { SessionEnds } from './sessions/session-ends';
import { SessionLifetime } from './sessions/session-lifetime';
import { SessionsController } from './sessions/sessions.controller';
import { SessionsService } from './sessions/sessions.service';
import { Standings } from './sessions/standings';
import { TokenAuthenticator } from './sessions/token-authenticator';
import { TokenGrants } from './sessions/token-grants';
import { Challenge } from './sign-in/challenge.entity';
import { Challenges } from './sign-in/challenges';
import { KnownPlace } from './sign-in/known-place.entity';
import { Proofs } from './sign-in/proofs';
import { SecondFactors } from './sign-in/second-factors';
import { SignInNotices } from './sign-in/sign-in-notices';
import { SignIns } from './sign-in/sign-ins';
import { WaysIn } from './sign-in/ways-in';
import { AddressOwners } from './social/address-owners';
import { BrowserBinding } from './social/browser-binding';
import { IdentitiesController } from './social/identities.controller';
import { IdentitiesService } from './social/identities.service';
import { Identity } from './social/identity.entity';
import { IdentityLinks } from './social/identity-links';
import { IdentityNotices } from './social/identity-notices';
import { IdentityRequests } from './social/identity-requests';
import { ReturnAddresses } from './social/return-addresses';
import { SignInPageController } from './social/sign-in-page.controller';
import { socialConfig } from './social/social.config';
import { SocialController } from './social/social.controller';
import { SocialAccounts } from './social/social-accounts';
import { SocialFlows } from './social/social-flows';
import { SocialProviders } from './social/social-providers';
import { SocialSignIns } from './social/social-sign-ins';
import { SocialStrategy } from './social/social.strategy';
import { AccessTokens } from './tokens/access-tokens';
import { OneTimeToken } from './tokens/one-time-token.entity';
import { OneTimeTokens } from './tokens/one-time-tokens';
import { TokenMails } from './tokens/token-mails';
import { TokenRequests } from './tokens/token-requests';

const ACCOUNT = [
  AuthSeeds,
  AccountDisablement,
  AccountRemoval,
  AddressProofs,
  ExpiredRows,
  RegistrationRequests,
  RegistrationService,
  VerificationService,
];
const LOGIN = [LocalStrategy, LoginAttempts, LoginService, MagicLinks];
const PASSKEYS = [
  passkeysConfig.provider,
  NewPasskeys,
  PasskeyChecks,
  PasskeyRegistrations,
  PasskeySignIns,
  PasskeysService,
  RelyingParty,
];
const PASSWORD = [
  passwordConfig.provider,
  AccessRevocation,
  BreachedPasswords,
  NewPasswords,
  PasswordChanges,
  PasswordNotices,
  PasswordReplacement,
  PasswordResets,
  PasswordsService,
];
const SECOND_FACTORS = [
  CodeAttempts,
  FactorChanges,
  FactorNotices,
  RecoveryCodesService,
  SecondFactorOverview,
  SecondFactorReset,
  SecondFactorSignIns,
  TotpEnrolments,
  TotpService,
];
const SESSIONS = [
  CookieAuthenticator,
  CookieGrants,
  GrantsService,
  PrincipalLoader,
  ProofChecks,
  RefreshTokens,
  SessionActivity,
  SessionEnds,
  SessionLifetime,
  SessionsService,
  Standings,
  StepUp,
  TokenAuthenticator,
  TokenGrants,
];
const SIGN_IN = [Challenges, Proofs, SecondFactors, SignInNotices, SignIns, WaysIn];
const SOCIAL = [
  socialConfig.provider,
  AddressOwners,
  BrowserBinding,
  IdentitiesService,
  IdentityLinks,
  IdentityNotices,
  IdentityRequests,
  ReturnAddresses,
  SocialAccounts,
  SocialFlows,
  SocialProviders,
  SocialSignIns,
  SocialStrategy,
];
const TOKENS = [AccessTokens, OneTimeTokens, SigningKeys, TokenMails, TokenRequests];

/** Who somebody is: registration, passwords, sessions and the tokens that prove them. */
@Module({
  imports: [
    UsersModule,
    entities(
      AuthKey,
      Challenge,
      CodeAttempt,
      Identity,
      KnownPlace,
      LoginAttempt,
      OneTimeToken,
      Passkey,
      PasskeyHolder,
      Password,
      RecoveryCode,
      RefreshToken,
      Session,
      Totp,
    ),
  ],
  controllers: [
    AccountController,
    GrantsController,
    IdentitiesController,
    JwksController,
    LoginController,
    MySecondFactorsController,
    MagicLinkController,
    PasskeySignInController,
    PasskeysController,
    PasswordController,
    ProofController,
    RegistrationController,
    SecondFactorSignInController,
    SessionsController,
    SignInPageController,
    SocialController,
  ],
  providers: [
    authConfig.provider,
    httpConfig.provider,
    ...ACCOUNT,
    ...LOGIN,
    ...PASSKEYS,
    ...PASSWORD,
    ...SECOND_FACTORS,
    ...SESSIONS,
    ...SIGN_IN,
    ...SOCIAL,
    ...TOKENS,
  ],
})
export class AuthModule {}
