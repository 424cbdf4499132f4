import { Body, Controller, Module, Post } from '@nestjs/common';
import { z } from 'zod';
import { AppModule } from '../../src/app.module';
import { Authenticated } from '../../src/core/auth/access';
import { Caller, type Member } from '../../src/core/auth/caller';
import { Topic } from '../../src/core/openapi/topic';
import { Returns } from '../../src/core/http/returns';
import { defineSecurityEvent, SecurityEvents } from '../../src/core/security-events/security-events';
import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';

const lampLit = defineSecurityEvent('test.lamp_lit', 'You lit a lamp.');
const lampLost = defineSecurityEvent('test.lamp_lost', 'You lost a lamp.');

const Occasion = z.strictObject({
  lamp: z.string(),
  lost: z.boolean().default(false),
  userId: z.uuid().optional(),
  tenantId: z.uuid().optional(),
});

/** What any module does: it records, in a request, what the caller did. */
@Topic('lamps', 'Of a test.')
@Controller('v1/lamps')
class LampsController {
  constructor(private readonly events: SecurityEvents) {}

  @Post()
  @Authenticated()
  @Returns()
  light(@Caller() caller: Member, @Body({ schema: Occasion }) occasion: z.output<typeof Occasion>) {
    const { lamp, lost, userId = caller.userId, tenantId } = occasion;
    return this.events.record(lost ? lampLost : lampLit, { userId, tenantId, details: { lamp } });
  }
}

@Module({ imports: [AppModule], controllers: [LampsController] })
class LampsModule {}

type As = { authorization: string };
interface Seen {
  type: string;
  createdAt: string;
  details: { lamp: string };
}

describe('Security events', () => {
  let test: TestApp;
  let own: SeedOrganization;
  let foreign: SeedOrganization;
  let admin: As;
  let editor: As;
  let stranger: As;

  beforeAll(async () => {
    test = await startApp({}, LampsModule);
    [own, foreign] = test.plan.organizations as [SeedOrganization, SeedOrganization];
    admin = await test.signIn(own, 'admin');
    editor = await test.signIn(own, 'editor');
    stranger = await test.signIn(foreign, 'owner');
  });
  afterAll(() => test?.close());

  const idOf = (role: string) => own.users.find((user) => user.role === role)!.id;
  const light = (as: As, occasion: object) =>
    test.http.post('/v1/lamps').set(as).set('user-agent', 'Lamplighter/1').send(occasion).expect(204);
  const get = (path: string, as: As, status = 200) => test.http.get(path).set(as).expect(status);
  const ofOwn = (query = '') => `/v1/organizations/${own.id}/security-events${query}`;
  const lampsIn = async (path: string, as: As): Promise<string[]> => {
    const { body } = await get(path, as);
    const lamps = body.items.filter(({ type }: Seen) => type.startsWith('test.lamp'));
    return lamps.map(({ details }: Seen) => details.lamp);
  };

  describe('of my own', () => {
    it('tell what happened, when, who did it, in which session, from where and with what', async () => {
      await light(editor, { lamp: 'shown' });
      const { body } = await get('/v1/me/security-events?filter[type]=test.lamp_lit&limit=1', editor);
      const sessions = await get('/v1/me/sessions', editor);
      expect(body.items[0]).toEqual({
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        type: 'test.lamp_lit',
        description: 'You lit a lamp.',
        organizationId: null,
        actorKind: 'user',
        actorId: idOf('editor'),
        sessionId: expect.stringMatching(/^[\da-f-]{36}$/),
        details: { lamp: 'shown' },
        address: '127.0.0.1',
        userAgent: 'Lamplighter/1',
        device: 'Lamplighter',
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      });
      const ids = sessions.body.items.map(({ id }: { id: string }) => id);
      expect(ids).toContain(body.items[0].sessionId);
    });

    it('are nobody else’s: no colleague, no administrator and no stranger has them in a list', async () => {
      await light(editor, { lamp: 'private' });
      expect(await lampsIn('/v1/me/security-events', editor)).toContain('private');
      for (const as of [admin, stranger]) {
        expect(await lampsIn('/v1/me/security-events', as)).not.toContain('private');
      }
      expect(await lampsIn(ofOwn(), admin)).not.toContain('private');
    });

    it('also tell what others did to me', async () => {
      await light(admin, { lamp: 'done to me', userId: idOf('editor'), tenantId: own.id });
      const { body } = await get('/v1/me/security-events?filter[type]=test.lamp_lit&limit=1', editor);
      expect(body.items[0]).toMatchObject({
        details: { lamp: 'done to me' },
        organizationId: own.id,
        actorId: idOf('admin'),
      });
    });

    it('come newest first, page after page, none twice and none left out', async () => {
      for (let lamp = 1; lamp <= 7; lamp += 1) await light(stranger, { lamp: `in order ${lamp}` });
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await get(
          `/v1/me/security-events?filter[type]=test.lamp_lit&limit=3${cursor}`,
          stranger,
        );
        seen.push(...body.items.map(({ details }: Seen) => details.lamp));
        cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
      } while (cursor);
      expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((lamp) => `in order ${lamp}`));
    });

    it('can be asked for by type and by time', async () => {
      await light(editor, { lamp: 'first', lost: true });
      await light(editor, { lamp: 'second' });
      await light(editor, { lamp: 'third', lost: true });
      const lost = await get('/v1/me/security-events?filter[type]=test.lamp_lost', editor);
      expect(lost.body.items.map(({ details }: Seen) => details.lamp)).toEqual(['third', 'first']);
      const both = 'filter[type][in]=test.lamp_lost,test.lamp_lit';
      expect(await lampsIn(`/v1/me/security-events?${both}&limit=3`, editor)).toEqual([
        'third',
        'second',
        'first',
      ]);
      const since = lost.body.items[0].createdAt;
      expect(await lampsIn(`/v1/me/security-events?filter[createdAt][gte]=${since}`, editor)).toContain(
        'third',
      );
      expect(await lampsIn(`/v1/me/security-events?filter[createdAt][lt]=${since}`, editor)).not.toContain(
        'third',
      );
    });

    it('tell what a type means whenever they tell the type, and only then', async () => {
      await light(editor, { lamp: 'sparse' });
      const some = await get('/v1/me/security-events?filter[type]=test.lamp_lit&fields=type&limit=1', editor);
      expect(some.body.items).toEqual([{ type: 'test.lamp_lit', description: 'You lit a lamp.' }]);
      const others = await get(
        '/v1/me/security-events?filter[type]=test.lamp_lit&fields=address&limit=1',
        editor,
      );
      expect(others.body.items).toEqual([{ address: '127.0.0.1' }]);
    });

    it.each([
      'filter[userId]=x',
      'filter[type]=a%20b',
      'sort=address',
      'fields=requestId',
      'filter[createdAt][gte]=x',
    ])('refuse to be asked for %s', async (query) => {
      const { body } = await get(`/v1/me/security-events?${query}`, editor, 400);
      expect(body.code).toBe('validation_failed');
    });

    it('are closed to who is not signed in', async () => {
      await test.http.get('/v1/me/security-events').expect(401);
      await test.http.get(ofOwn()).expect(401);
    });

    it('can be neither changed nor deleted', async () => {
      const { body } = await get('/v1/me/security-events?filter[type]=test.lamp_lit&limit=1', editor);
      for (const method of ['patch', 'put', 'delete'] as const) {
        await test.http[method]('/v1/me/security-events').set(editor).expect(405);
        await test.http[method](`/v1/me/security-events/${body.items[0].id}`).set(editor).expect(404);
      }
    });
  });

  describe('of an organization', () => {
    it('are shown to its administrators, without address, device and session of the member', async () => {
      await light(editor, { lamp: 'of us', tenantId: own.id });
      for (const as of [admin, await test.signIn(own, 'owner')]) {
        const { body } = await get(ofOwn('?filter[type]=test.lamp_lit&limit=1'), as);
        expect(body.items[0]).toEqual({
          id: expect.stringMatching(/^[\da-f-]{36}$/),
          type: 'test.lamp_lit',
          description: 'You lit a lamp.',
          userId: idOf('editor'),
          actorKind: 'user',
          actorId: idOf('editor'),
          details: { lamp: 'of us' },
          createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        });
      }
    });

    it('are closed to its other members', async () => {
      for (const role of ['editor', 'viewer'] as const) {
        const { body } = await get(ofOwn(), await test.signIn(own, role), 403);
        expect(body).toMatchObject({ code: 'permission_denied', permission: 'security-events:read' });
      }
    });

    it('are no other organization’s, and its administrators do not learn that it exists', async () => {
      await light(stranger, { lamp: 'of them', tenantId: foreign.id });
      expect(await lampsIn(ofOwn(), admin)).not.toContain('of them');
      const { body } = await get(ofOwn(), stranger, 404);
      expect(body.code).toBe('organization_not_found');
    });

    it('can be asked for by type, member and time', async () => {
      await light(editor, { lamp: 'one', lost: true, tenantId: own.id });
      await light(admin, { lamp: 'two', lost: true, tenantId: own.id });
      const query = `?filter[type]=test.lamp_lost&filter[userId]=${idOf('admin')}`;
      expect(await lampsIn(ofOwn(query), admin)).toEqual(['two']);
      expect(await lampsIn(ofOwn('?filter[type]=test.lamp_lost'), admin)).toEqual(['two', 'one']);
      expect(await lampsIn(ofOwn('?filter[createdAt][lt]=2020-01-01T00:00:00.000Z'), admin)).toEqual([]);
    });
  });

  it('are listed with their meaning where the API is described', async () => {
    const { body } = await test.http.get('/openapi.json').expect(200);
    expect(body.components.schemas.SecurityEvent.properties.type.description).toContain(
      '- `test.lamp_lost`: You lost a lamp.',
    );
  });
});
