import { Inject, Injectable } from '@nestjs/common';
import { Mail } from '../../../core/mail/mail';
import { Tenants } from '../../../core/tenancy/tenants';
import { organizationsConfig, type OrganizationsConfig } from '../organizations.config';
import type { Invitation } from './invitation.entity';

/** The mail that brings an invitation. */
@Injectable()
export class InvitationMail {
  constructor(
    private readonly mail: Mail,
    private readonly tenants: Tenants,
    @Inject(organizationsConfig.token) private readonly config: OrganizationsConfig,
  ) {}

  get lifetimeDays(): number {
    return this.config.ORGANIZATIONS_INVITATION_DAYS;
  }

  async send(
    { tenantId, email, role }: Pick<Invitation, 'tenantId' | 'email' | 'role'>,
    token: string,
  ): Promise<void> {
    const [organization] = await this.tenants.describe([tenantId]);
    const name = oneLine(organization!.name);
    await this.mail.send({
      to: email,
      subject: `You are invited to ${name}`,
      text: [
        `You are invited to join ${name} as ${oneLine(role)}.`,
        this.instructionsFor(token),
        `The invitation is for ${email} only and can be accepted within ${this.lifetimeDays} days.`,
        'If you did not expect it, you need do nothing.',
      ].join('\n\n'),
    });
  }

  private instructionsFor(token: string): string {
    const page = this.config.ORGANIZATIONS_INVITATION_PAGE;
    if (page) return `Sign in or register with this address and accept it here:\n${page}#token=${token}`;
    return `Sign in or register with this address and accept it with this token:\n${token}`;
  }
}

/** Names may hold line breaks, headers may not. */
const oneLine = (name: string): string => name.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
