import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard';
import { Authentication } from './authentication';
import { Permissions } from './permissions';

/** Who calls, and what they may do: closed by default. */
@Global()
@Module({
  providers: [Authentication, Permissions, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [Authentication, Permissions],
})
export class CoreAuthModule {}
