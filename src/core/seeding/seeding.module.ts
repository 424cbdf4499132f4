import { Global, Module } from '@nestjs/common';
import { Seeds } from './seeds';

/** Demo data: a registry that modules add to. */
@Global()
@Module({ providers: [Seeds], exports: [Seeds] })
export class SeedingModule {}
