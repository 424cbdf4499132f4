import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { RateLimits } from '../../core/http/rate-limits/rate-limits';
import { apiKeysConfig, type ApiKeysConfig } from './api-keys.config';

/** What people do and what programs do does not use up one budget: each key has one of its own. */
@Injectable()
export class KeyLimits implements OnModuleInit {
  constructor(
    @Inject(apiKeysConfig.token) private readonly config: ApiKeysConfig,
    private readonly limits: RateLimits,
  ) {}

  onModuleInit(): void {
    this.limits.give('api-key', this.config.RATE_LIMIT_API_KEY);
  }
}
