import type { INestApplicationContext } from '@nestjs/common';
import { defineCommand } from '../../core/commands';
import { DisablementService } from './disablement.service';
import type { User } from './user.entity';
import { UsersService } from './users.service';

/** The account of the address, or null after having said that there is none. */
async function accountOf(
  app: INestApplicationContext,
  [email = '']: readonly string[],
): Promise<User | null> {
  const user = await app.get(UsersService).findByEmail(email);
  if (!user) console.error(`There is no account of "${email}".`);
  return user;
}

defineCommand({
  name: 'users disable',
  takes: '<email>',
  does: 'sign somebody out everywhere, and keep them out',
  async run(app, args) {
    const user = await accountOf(app, args);
    if (!user) return 1;
    const news = await app.get(DisablementService).disable(user.id);
    console.error(`${user.email} ${news ? 'is disabled now' : 'was disabled already'}`);
    return 0;
  },
});

defineCommand({
  name: 'users enable',
  takes: '<email>',
  does: 'let them sign in again',
  async run(app, args) {
    const user = await accountOf(app, args);
    if (!user) return 1;
    const news = await app.get(DisablementService).enable(user.id);
    console.error(`${user.email} ${news ? 'may sign in again' : 'was not disabled'}`);
    return 0;
  },
});
