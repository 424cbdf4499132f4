import { Global, Module } from '@nestjs/common';
import { entities } from '../database/entities';
import { SecurityEvent } from './security-event.entity';
import { SecurityEvents } from './security-events';

/** What touched somebody's security: a ledger that every module may write to. */
@Global()
@Module({ imports: [entities(SecurityEvent)], providers: [SecurityEvents], exports: [SecurityEvents] })
export class SecurityEventsModule {}
