import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DisablementService } from '../../users/disablement.service';
import { SessionsService } from '../sessions/sessions.service';

/** Whose account is disabled is signed out everywhere; programs, which belong to an organization, go on. */
@Injectable()
export class AccountDisablement implements OnModuleInit {
  constructor(
    private readonly disablement: DisablementService,
    private readonly sessions: SessionsService,
  ) {}

  onModuleInit(): void {
    this.disablement.whenDisabled((userId) => this.sessions.endAll(userId));
  }
}
