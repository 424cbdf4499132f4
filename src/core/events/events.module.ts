import { Global, Module } from '@nestjs/common';
import { Consumers } from './consumers';
import { Events } from './events';
import { Inbox } from './inbox';
import { Outbox } from './outbox';

/** What happened, told to whoever cares: sent with the transaction, handled once. */
@Global()
@Module({ providers: [Consumers, Events, Inbox, Outbox], exports: [Consumers, Events, Inbox, Outbox] })
export class EventsModule {}
