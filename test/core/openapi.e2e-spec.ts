import { Controller, Get, Module } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Validator } from '@seriousme/openapi-schema-validator';
import { AppModule } from '../../src/app.module';
import { Public, Requires } from '../../src/core/auth/access';
import { RouteCheck } from '../../src/core/openapi/route-check';
import { startApp, type TestApp } from '../support/app';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  summary?: string;
  tags?: string[];
  security: Record<string, string[]>[];
  responses: Record<string, { $ref?: string }>;
}

@Controller('forgotten')
class ForgottenController {
  @Get()
  @ApiOperation({ operationId: 'forgotten' })
  get() {}
}
@Module({ imports: [AppModule], controllers: [ForgottenController] })
class WithForgottenRoute {}

@Controller('unregistered')
class UnregisteredController {
  @Get()
  @Requires('lanterns:light')
  @ApiOperation({ operationId: 'unregistered' })
  get() {}
}
@Module({ imports: [AppModule], controllers: [UnregisteredController] })
class WithUnregisteredPermission {}

@Public()
@Controller('namesake')
class NamesakeController {
  @Get()
  @ApiOperation({ operationId: 'listProblems' })
  get() {}
}
@Module({ imports: [AppModule], controllers: [NamesakeController] })
class WithNamesake {}

describe('The OpenAPI document', () => {
  let it_: TestApp;
  let document: {
    paths: Record<string, Record<string, Operation>>;
    tags: Json[];
    components: { responses: Json };
  };
  let operations: Operation[];
  beforeAll(async () => {
    it_ = await startApp();
    document = (await it_.http.get('/openapi.json').expect(200)).body;
    operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  });
  afterAll(() => it_?.close());

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('refers to nothing that it does not have', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    const missing = refs.filter(
      (ref) => ref.split('/').reduce<unknown>((node, key) => (node as Json)?.[key], document) === undefined,
    );
    expect(missing).toEqual([]);
  });

  it('names, summarises and places every operation', () => {
    const described = document.tags.filter(({ description }) => description).map(({ name }) => name);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const bare = operations.filter(({ summary, tags }) => !summary || !described.includes(tags?.[0]));
    expect(bare.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('answers every refusal with problem details and an example for each code', () => {
    const responses = Object.entries(document.components.responses) as [string, { content: Json }][];
    for (const [name, { content }] of responses) {
      expect(Object.keys(content)).toEqual(['application/problem+json']);
      const { examples } = content['application/problem+json'] as { examples: Json };
      expect(Object.keys(examples).join('_or_')).toBe(name.replace(/^unlimited_/, ''));
    }
  });

  it('tells of each protected operation that it may answer 401', () => {
    const open = operations.filter(({ security, responses }) => security.length > 0 && !responses['401']);
    expect(open.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('is shown by a page that runs nothing from elsewhere', async () => {
    const page = await it_.http.get('/docs').expect(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    for (const file of files) await it_.http.get(file).expect(200);
    expect(files).toHaveLength(5);
  });

  it('shows no other file of the package', async () => {
    await it_.http.get('/docs/package.json').expect(404);
    await it_.http.get('/docs/..%2Fpage.html').expect(404);
    await it_.http.get('/docs/constructor').expect(404);
  });
});

describe('The application', () => {
  it('does not start with a route that declares no access', async () => {
    await expect(startApp({}, WithForgottenRoute)).rejects.toThrow('GET /forgotten');
  });

  it('does not start with a permission that no module registered', async () => {
    await expect(startApp({}, WithUnregisteredPermission)).rejects.toThrow('requires "lanterns:light"');
  });

  it('does not start with two operations of one name', async () => {
    await expect(startApp({}, WithNamesake)).rejects.toThrow('has the operationId "listProblems"');
  });

  it('does not start with an address that no controller has', async () => {
    const it_ = await startApp();
    try {
      const check = it_.app.get(RouteCheck);
      expect(() => check.assertListed(new Map([['/side/:door', new Set(['GET'])]]))).toThrow(
        'GET /side/{door}',
      );
    } finally {
      await it_.close();
    }
  });

  it('keeps its documentation to itself when it is told to', async () => {
    const it_ = await startApp({ API_DOCS: 'false' });
    try {
      await it_.http.get('/openapi.json').expect(404);
      await it_.http.get('/docs').expect(404);
    } finally {
      await it_.close();
      delete process.env.API_DOCS;
    }
  });
});

describe('The pages about problems', () => {
  let it_: TestApp;
  beforeAll(async () => {
    it_ = await startApp();
  });
  afterAll(() => it_?.close());

  it('list every code', async () => {
    const { body } = await it_.http.get('/problems').expect(200);
    expect(body.items).toContainEqual({
      code: 'route_not_found',
      status: 404,
      title: 'There is nothing at this address',
      advice: 'The OpenAPI document at /openapi.json lists every address.',
    });
  });

  it('answer programs with JSON and browsers with a page', async () => {
    const json = await it_.http.get('/problems/unauthenticated').expect(200);
    expect(json.body).toMatchObject({ code: 'unauthenticated', status: 401 });
    const page = await it_.http.get('/problems/unauthenticated').set('accept', 'text/html').expect(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('send <code>Authorization: Bearer &lt;access token&gt;</code>');
  });

  it('do not know other codes', async () => {
    const { body } = await it_.http.get('/problems/constructor').expect(404);
    expect(body.code).toBe('problem_not_found');
  });
});
