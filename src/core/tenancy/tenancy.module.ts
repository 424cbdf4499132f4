import { Global, Module } from '@nestjs/common';
import { Tenants } from './tenants';

/** Which tenants there are, and who belongs to them: a port, filled by the organizations module. */
@Global()
@Module({ providers: [Tenants], exports: [Tenants] })
export class TenancyModule {}
