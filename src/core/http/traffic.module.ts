import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Drain } from './drain';
import { httpConfig } from './http.config';
import { InputGuard } from './input.guard';
import { Overload } from './overload';
import { RateLimitGuard } from './rate-limits/rate-limit.guard';
import { RateLimits } from './rate-limits/rate-limits';
import { rateLimitsConfig } from './rate-limits/rate-limits.config';

/** Which requests are let in: authentication and limits by one guard, input by another, load shedding, and the end of service. */
@Global()
@Module({
  providers: [
    httpConfig.provider,
    rateLimitsConfig.provider,
    Overload,
    Drain,
    RateLimits,
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_GUARD, useClass: InputGuard },
  ],
  exports: [Overload, Drain, RateLimits],
})
export class TrafficModule {}
