import { Global, Module } from '@nestjs/common';
import { Lists } from './lists';

/** Pages of rows for the screen. */
@Global()
@Module({ providers: [Lists], exports: [Lists] })
export class ListsModule {}
