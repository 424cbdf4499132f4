import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { Topic } from '../../../core/openapi/topic';
import { SessionEnds } from './session-ends';
import { sessionView } from './session-view';
import { sessionList, sessionPath, type SessionPath } from './sessions.schema';
import { SessionNotFound, SessionsService } from './sessions.service';

@Controller('v1/me/sessions')
@Topic('me', 'Your own account.')
@Authenticated()
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly ends: SessionEnds,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List my sessions', operationId: 'listMySessions' })
  @Returns(sessionList)
  async list(@Caller() owner: Principal) {
    const sessions = await this.sessions.list(owner.userId);
    return { items: sessions.map((session) => sessionView(session, owner)), nextCursor: null };
  }

  @Delete()
  @ApiOperation({ summary: 'Log out everywhere', operationId: 'endMySessions' })
  @Returns()
  endAll(@Caller() owner: Principal) {
    return this.ends.endAll(owner);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'End one of my sessions', operationId: 'endMySession' })
  @Refuses(SessionNotFound)
  @Returns()
  end(@Caller() owner: Principal, @Param({ schema: sessionPath }) { id }: SessionPath) {
    return this.ends.end(id, owner);
  }
}
