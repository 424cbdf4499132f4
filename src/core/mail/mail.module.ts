import { Global, Module } from '@nestjs/common';
import { Mail } from './mail';
import { MailSender } from './mail-sender';
import { mailConfig } from './mail.config';

/** Mail to people, by SMTP. */
@Global()
@Module({ providers: [mailConfig.provider, Mail, MailSender], exports: [Mail] })
export class MailModule {}
