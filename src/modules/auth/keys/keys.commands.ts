import type { INestApplicationContext } from '@nestjs/common';
import { defineCommand } from '../../../core/commands';
import { JWKS_SECONDS } from './jwks.controller';
import { SigningKeys } from './signing-keys';

const keysOf = (app: INestApplicationContext) => app.get(SigningKeys, { strict: false });

defineCommand({
  name: 'keys list',
  does: 'show the keys that sign access tokens',
  async run(app) {
    for (const { kid, status, createdAt, retiredAt } of await keysOf(app).list()) {
      const retired = retiredAt ? `, retired ${retiredAt.toISOString()}` : '';
      console.log(`${kid}  ${status.padEnd(8)} made ${createdAt.toISOString()}${retired}`);
    }
    return 0;
  },
});

defineCommand({
  name: 'keys rotate',
  takes: '[--now]',
  does: 'sign with the next key; nobody is logged out',
  async run(app, args) {
    const keys = keysOf(app);
    if (await keys.rotate(args.includes('--now') ? 0 : JWKS_SECONDS)) {
      console.error(`Access tokens are signed with ${keys.signing().kid} now; those of before stay good.`);
      return 0;
    }
    console.error(
      `Not rotated: the next key was made less than ${JWKS_SECONDS} seconds ago, so services that keep ` +
        '/.well-known/jwks.json may not know it yet. Try again later, or add --now if nobody else verifies our tokens.',
    );
    return 1;
  },
});

defineCommand({
  name: 'keys revoke',
  takes: '<kid>',
  does: 'refuse what a leaked key signed; sessions go on by refreshing',
  async run(app, [kid = '']) {
    const done = await keysOf(app).revoke(kid);
    console.error(done ? `${kid} is good for nothing any more` : `There is no key "${kid}": see keys list.`);
    return done ? 0 : 1;
  },
});
