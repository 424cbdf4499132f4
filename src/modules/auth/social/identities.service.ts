import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { z } from 'zod';
import { text } from '../../../core/http/text';
import { seal, unseal } from '../../../core/sealing';
import { authConfig, type AuthConfig } from '../auth.config';
import { Identity } from './identity.entity';
import type { Profile, ProviderName, ProviderTokens } from './providers/provider';

/** Somebody who came back from a provider, and what it gave to call it with. */
export interface Arrival {
  readonly provider: ProviderName;
  readonly profile: Profile;
  readonly tokens: ProviderTokens;
}

const keptTokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
});
export type KeptTokens = z.output<typeof keptTokens>;

const shownName = text(100);
const shownAddress = z.url({ protocol: /^https?$/ }).max(2000);

/** What is known of people at other providers. */
@Injectable()
export class IdentitiesService {
  constructor(
    @InjectRepository(Identity) private readonly identities: Repository<Identity>,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  /** The user whose identity it is, if it is anybody's; notes what the provider says now. */
  async recognise(arrival: Arrival): Promise<string | null> {
    const { issuer, subject } = arrival.profile;
    const known = await this.identities.findOneBy({ issuer, subject });
    if (!known) return null;
    const fields = this.fieldsOf(arrival, this.tokensOf(known));
    await this.identities.update({ id: known.id }, { ...fields, lastUsedAt: () => 'now()' });
    return known.userId;
  }

  /** Gives the identity to the user, unless it has an owner; answers whose it is now. Of two at once one gets it. */
  async add(userId: string, arrival: Arrival): Promise<{ owner: string; added: boolean }> {
    const values = { userId, ...this.fieldsOf(arrival) };
    const insert = this.identities.createQueryBuilder().insert().values(values).orIgnore().returning('id');
    const { generatedMaps } = await insert.execute();
    const { issuer, subject } = arrival.profile;
    const { userId: owner } = await this.identities.findOneByOrFail({ issuer, subject });
    return { owner, added: Boolean(generatedMaps[0]?.id) };
  }

  list(userId: string): Promise<Identity[]> {
    return this.identities.find({ where: { userId }, order: { id: 'ASC' } });
  }

  count(userId: string): Promise<number> {
    return this.identities.countBy({ userId });
  }

  /** What was removed; null when the user has no such identity. */
  async remove(id: string, userId: string): Promise<Identity | null> {
    const found = await this.identities.findOneBy({ id, userId });
    const { affected } = await this.identities.delete({ id, userId });
    return affected ? found : null;
  }

  /** What the provider gave to call it with. */
  tokensOf({ issuer, subject, sealedTokens }: Identity): KeptTokens | null {
    if (!sealedTokens) return null;
    const plain = unseal(this.config.AUTH_KEY_ENCRYPTION_KEY, sealName(issuer, subject), sealedTokens);
    return keptTokens.parse(JSON.parse(plain.toString()));
  }

  private fieldsOf({ provider, profile, tokens }: Arrival, earlier?: KeptTokens | null) {
    const { issuer, subject, email, name, avatarUrl } = profile;
    const kept: KeptTokens = {
      accessToken: tokens.access_token,
      // Many providers give one at the first consent only.
      refreshToken: tokens.refresh_token ?? earlier?.refreshToken,
    };
    const key = this.config.AUTH_KEY_ENCRYPTION_KEY;
    return {
      provider,
      issuer,
      subject,
      email,
      name: nameOf(name),
      avatarUrl: shownAddress.safeParse(avatarUrl).data ?? null,
      sealedTokens: seal(key, sealName(issuer, subject), Buffer.from(JSON.stringify(kept))),
    };
  }
}

/** A provider's text, when it is fit to be shown. */
export const nameOf = (name: string | null): string | null => shownName.safeParse(name).data ?? null;

const sealName = (issuer: string, subject: string): string => `identity:${issuer}:${subject}`;
