import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Inject, Param, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/access';
import { RouteNotFound } from '../http/problems';
import { ApiDocs } from './api-docs';
import { openapiConfig, type OpenapiConfig } from './openapi.config';

const PACKAGE = dirname(require.resolve('swagger-ui-dist/package.json'));

/** The files that the page needs, and no others of the package: name → folder and type. */
const FILES = {
  'swagger-ui.css': [PACKAGE, 'text/css; charset=utf-8'],
  'swagger-ui-bundle.js': [PACKAGE, 'text/javascript; charset=utf-8'],
  'favicon-32x32.png': [PACKAGE, 'image/png'],
  'page.html': [join(__dirname, 'page'), 'text/html; charset=utf-8'],
  'page.css': [join(__dirname, 'page'), 'text/css; charset=utf-8'],
  'page.js': [join(__dirname, 'page'), 'text/javascript; charset=utf-8'],
} as const;

/**
 * Nothing from elsewhere runs on the page, and it sends nothing elsewhere. Swagger UI draws its icons as data
 * addresses.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

@Public()
@ApiExcludeController()
@Controller()
export class DocsController {
  constructor(
    private readonly docs: ApiDocs,
    @Inject(openapiConfig.token) private readonly config: OpenapiConfig,
  ) {}

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  openapi(): string {
    this.assertServed();
    return this.docs.json;
  }

  @Get('docs')
  @Header('content-security-policy', PAGE_POLICY)
  docsPage(): StreamableFile {
    return this.send('page.html');
  }

  @Get('docs/:file')
  @Header('cache-control', 'public, max-age=3600')
  docsFile(@Param('file') file: string): StreamableFile {
    return this.send(file);
  }

  private send(file: string): StreamableFile {
    this.assertServed();
    const entry = Object.hasOwn(FILES, file) ? FILES[file as keyof typeof FILES] : undefined;
    if (!entry) throw RouteNotFound();
    const [folder, type] = entry;
    return new StreamableFile(createReadStream(join(folder, file)), { type });
  }

  private assertServed(): void {
    if (!this.config.API_DOCS) throw RouteNotFound();
  }
}
