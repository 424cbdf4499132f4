import { z } from 'zod';
import { email, id } from '../../../core/http/text';
import { password } from '../password/password.schema';

export const credentials = z
  .strictObject({
    email: email(),
    password: password(),
    organizationId: id()
      .optional()
      .meta({ description: 'The organization to begin with; without it, the one you joined first.' }),
  })
  .meta({ id: 'Credentials' });

export type Credentials = z.output<typeof credentials>;
