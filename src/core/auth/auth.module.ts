import { Global, Module } from '@nestjs/common';
import { coreAuthConfig } from './auth.config';
import { AuthGuard } from './auth.guard';
import { Authentication } from './authentication';
import { Permissions } from './permissions';
import { SessionCookie } from './session-cookie';

/** Who calls, and what they may do: closed by default. The guard runs inside the global one in core/http/rate-limits. */
@Global()
@Module({
  providers: [coreAuthConfig.provider, Authentication, Permissions, SessionCookie, AuthGuard],
  exports: [Authentication, Permissions, SessionCookie, AuthGuard],
})
export class CoreAuthModule {}
