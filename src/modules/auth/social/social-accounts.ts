import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { AddressOwners } from './address-owners';
import { type Arrival, IdentitiesService, nameOf } from './identities.service';
import { IdentityLinks } from './identity-links';
import { SocialEmailUnverified } from './social.problems';

/**
 * Whose account an identity opens: by its issuer and subject, else by its address. An address counts only when the
 * provider has verified it, and opens only an account whose owner has verified it here, too.
 */
@Injectable()
export class SocialAccounts {
  constructor(
    private readonly database: Database,
    private readonly identities: IdentitiesService,
    private readonly links: IdentityLinks,
    private readonly owners: AddressOwners,
  ) {}

  /** @throws Problem social_email_unverified */
  async userOf(arrival: Arrival): Promise<string> {
    const known = await this.identities.recognise(arrival);
    if (known) return known;
    const { email, emailVerified, name } = arrival.profile;
    if (!email || !emailVerified) throw SocialEmailUnverified();
    return this.database.transaction(async () => {
      const called = nameOf(name) ?? email.split('@')[0]!;
      const { id } = await this.owners.accountOf(email, called);
      return this.links.link(id, arrival);
    });
  }
}
