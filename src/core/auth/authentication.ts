import { Injectable } from '@nestjs/common';
import type { Principal } from './principal';

/** Turns the credential of an `Authorization: Bearer` header into its principal, or null when it is worth nothing. */
export type Authenticator = (credential: string) => Principal | null | Promise<Principal | null>;

/** The port that one module fills with its way to authenticate; until then every credential is refused. */
@Injectable()
export class Authentication {
  authenticate: Authenticator = () => null;

  use(authenticator: Authenticator): void {
    this.authenticate = authenticator;
  }
}
