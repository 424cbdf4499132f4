import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { Idempotent } from '../../../core/http/idempotency/idempotent';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { OwnOrganizationView } from '../organizations.schema';
import {
  AcceptanceService,
  AlreadyMember,
  InvitationForAnother,
  InvitationNotUsable,
} from './acceptance.service';
import { InvitationAcceptance } from './invitations.schema';

@ApiTags('organizations')
@Controller('v1/organizations/invitations/acceptance')
export class AcceptanceController {
  constructor(private readonly acceptance: AcceptanceService) {}

  @Post()
  @Authenticated()
  @RateClass('auth')
  @Idempotent()
  @Refuses(InvitationNotUsable, InvitationForAnother, AlreadyMember)
  @Returns(OwnOrganizationView)
  @ApiOperation({
    operationId: 'acceptInvitation',
    summary: 'Accept an invitation to your verified e-mail address',
  })
  accept(
    @Caller() invitee: Principal,
    @Body({ schema: InvitationAcceptance }) { token }: InvitationAcceptance,
  ) {
    return this.acceptance.accept(invitee, token);
  }
}
