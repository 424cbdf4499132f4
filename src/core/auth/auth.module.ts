import { Global, Module } from '@nestjs/common';
import { coreAuthConfig } from './auth.config';
import { AuthGuard } from './auth.guard';
import { Authentication } from './authentication';
import { Permissions } from './permissions';

/** Who calls, and what they may do: closed by default. The guard runs inside the global one in core/http/rate-limits. */
@Global()
@Module({
  providers: [coreAuthConfig.provider, Authentication, Permissions, AuthGuard],
  exports: [Authentication, Permissions, AuthGuard],
})
export class CoreAuthModule {}
