import { Global, Module } from '@nestjs/common';
import { redisConfig } from './redis.config';
import { RedisConnection } from './redis-connection';

/** Redis, when there is one. */
@Global()
@Module({ providers: [redisConfig.provider, RedisConnection], exports: [RedisConnection] })
export class RedisModule {}
