import { Global, Module } from '@nestjs/common';
import { entities } from '../database/entities';
import { OrganizationSecurityEvent, SecurityEvent } from './security-event.entity';
import { SecurityEvents } from './security-events';
import { securityEventsConfig } from './security-events.config';
import { SecurityEventsRetention } from './security-events-retention';
import { SecuritySignals } from './security-signals';

/** What touched somebody's security: a ledger that every module may write to. */
@Global()
@Module({
  imports: [entities(SecurityEvent, OrganizationSecurityEvent)],
  providers: [securityEventsConfig.provider, SecurityEvents, SecurityEventsRetention, SecuritySignals],
  exports: [SecurityEvents],
})
export class CoreSecurityEventsModule {}
