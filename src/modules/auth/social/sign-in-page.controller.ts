import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../../../core/auth/access';
import { RouteNotFound } from '../../../core/http/problems';
import { ReturnAddresses } from './return-addresses';

const TYPES: Record<string, string> = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
};

/** Nothing from elsewhere runs on the page, and it sends nothing elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Where social sign-in ends while there is no front end: a page that says who one is. */
@Public()
@ApiExcludeController()
@Controller('sign-in')
export class SignInPageController {
  constructor(private readonly returns: ReturnAddresses) {}

  @Get()
  @Header('content-security-policy', PAGE_POLICY)
  page(): StreamableFile {
    return this.send('page.html');
  }

  @Get(':file')
  file(@Param('file') file: string): StreamableFile {
    return this.send(file);
  }

  private send(file: string): StreamableFile {
    if (!this.returns.ownPage || !Object.hasOwn(TYPES, file)) throw RouteNotFound();
    return new StreamableFile(createReadStream(join(__dirname, 'page', file)), { type: TYPES[file] });
  }
}
