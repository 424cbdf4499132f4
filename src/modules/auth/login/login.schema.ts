import { z } from 'zod';
import { email } from '../../../core/http/text';
import { password } from '../password/password.schema';
import { signInOptions } from '../sign-in/sign-in';

export const credentials = z
  .strictObject({
    email: email(),
    password: password(),
    ...signInOptions,
  })
  .meta({ id: 'Credentials' });

export type Credentials = z.output<typeof credentials>;
