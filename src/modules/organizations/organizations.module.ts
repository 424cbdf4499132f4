import { Module, type OnModuleInit } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { entities } from '../../core/database/entities';
import { UsersModule } from '../users/users.module';
import { Authority } from './authority';
import { ErasureService } from './erasure/erasure.service';
import { AcceptanceController } from './invitations/acceptance.controller';
import { AcceptanceService } from './invitations/acceptance.service';
import { Invitation } from './invitations/invitation.entity';
import { InvitationMail } from './invitations/invitation-mail';
import { InvitationsController } from './invitations/invitations.controller';
import { InvitationsService } from './invitations/invitations.service';
import { InvitingService } from './invitations/inviting.service';
import { Membership } from './membership.entity';
import { MembersController } from './members/members.controller';
import { MembershipNews } from './members/membership-news';
import { MembersService } from './members/members.service';
import { Organization } from './organization.entity';
import { organizationsConfig } from './organizations.config';
import { OrganizationsController } from './organizations.controller';
import { OrganizationsDirectory } from './organizations.directory';
import { OrganizationsSeeder } from './organizations.seeder';
import { OrganizationsService } from './organizations.service';
import { CustomRole } from './roles/custom-role.entity';
import { KnownRoles } from './roles/known-roles';
import { RoleNews } from './roles/role-news';
import { RolesController } from './roles/roles.controller';
import { RolesService } from './roles/roles.service';
import { SecondFactorPolicy } from './second-factor/second-factor-policy';

/** Organizations are the tenants: founded by people, joined by invitation, never without an owner. */
@Module({
  imports: [UsersModule, entities(Organization, Membership, Invitation, CustomRole)],
  controllers: [
    OrganizationsController,
    AcceptanceController,
    InvitationsController,
    MembersController,
    RolesController,
  ],
  providers: [
    organizationsConfig.provider,
    OrganizationsService,
    SecondFactorPolicy,
    OrganizationsDirectory,
    OrganizationsSeeder,
    ErasureService,
    Authority,
    MembersService,
    MembershipNews,
    InvitationsService,
    InvitingService,
    InvitationMail,
    AcceptanceService,
    RolesService,
    RoleNews,
    KnownRoles,
  ],
})
export class OrganizationsModule implements OnModuleInit {
  constructor(private readonly permissions: Permissions) {}

  onModuleInit(): void {
    this.permissions.register(
      { name: 'organizations:read', description: 'See the organization.', leastRole: 'viewer' },
      { name: 'organizations:write', description: 'Rename the organization.', leastRole: 'admin' },
      {
        name: 'organizations:remove',
        description: 'Remove the organization with everything in it.',
        leastRole: 'owner',
      },
      { name: 'members:read', description: 'See the members and their roles.', leastRole: 'viewer' },
      {
        name: 'members:write',
        description: 'Invite people, change roles, remove members.',
        leastRole: 'admin',
      },
      { name: 'roles:write', description: 'Define roles and change them.', leastRole: 'admin' },
    );
  }
}
