import { Module } from '@nestjs/common';
import { CoreAuthModule } from './auth/auth.module';
import { EventsModule } from './events/events.module';
import { HttpModule } from './http/http.module';
import { TrafficModule } from './http/traffic.module';
import { JobsModule } from './jobs/jobs.module';
import { ListsModule } from './lists/lists.module';
import { DatabaseModule } from './database/database.module';
import { MailModule } from './mail/mail.module';
import { OpenapiModule } from './openapi/openapi.module';
import { ObservabilityModule } from './observability/observability.module';
import { CoreHealthModule } from './health/health.module';
import { RedisModule } from './redis/redis.module';
import { CoreSecurityEventsModule } from './security-events/security-events.module';
import { SeedingModule } from './seeding/seeding.module';
import { TenancyModule } from './tenancy/tenancy.module';
import { databaseConfig } from './database/database.config';
import { mailConfig } from './mail/mail.config';
import { PlainTextWarning } from './plain-text';
import { redisConfig } from './redis/redis.config';

/** What every module may rely on. It knows no feature. */
@Module({
  imports: [
    DatabaseModule,
    RedisModule,
    EventsModule,
    JobsModule,
    MailModule,
    ObservabilityModule,
    HttpModule,
    TrafficModule,
    CoreHealthModule,
    ListsModule,
    CoreAuthModule,
    TenancyModule,
    CoreSecurityEventsModule,
    SeedingModule,
    OpenapiModule,
  ],
  providers: [databaseConfig.provider, redisConfig.provider, mailConfig.provider, PlainTextWarning],
})
export class CoreModule {}
