import { defineCommand } from '../../../core/commands';
import { SecondFactorReset } from './second-factor-reset';

defineCommand({
  name: 'users reset-second-factor',
  takes: '<email>',
  does: 'take away all second factors of somebody who lost them, and sign them out',
  async run(app, [email = '']) {
    const removed = await app.get(SecondFactorReset).reset(email);
    if (!removed) {
      console.error(`There is no account of "${email}".`);
      return 1;
    }
    console.error(`${email} had ${removed.join(', ') || 'no second factor'}, and signs in without one now`);
    return 0;
  },
});
