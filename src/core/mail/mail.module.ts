import { Global, Module } from '@nestjs/common';
import { Mail } from './mail';

/** Mail to people, by SMTP. */
@Global()
@Module({ providers: [Mail], exports: [Mail] })
export class MailModule {}
