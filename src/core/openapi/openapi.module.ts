import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ApiDocs } from './api-docs';
import { DocsController } from './docs.controller';
import { openapiConfig } from './openapi.config';
import { RouteCheck } from './route-check';
import { Routes } from './routes';

/** What the application offers, told by itself: the OpenAPI document, its page, and the table of routes. */
@Module({
  imports: [DiscoveryModule],
  controllers: [DocsController],
  providers: [openapiConfig.provider, Routes, RouteCheck, ApiDocs],
  exports: [Routes, ApiDocs],
})
export class OpenapiModule {}
