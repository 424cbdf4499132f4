import { z } from 'zod';
import { roleName } from '../organizations.schema';

export const RoleList = z
  .object({
    items: z.array(
      z
        .object({
          name: roleName(),
          permissions: z.array(
            z.object({
              name: z.string().meta({ examples: ['products:write'] }),
              description: z.string().meta({ examples: ['Create, change and remove products.'] }),
            }),
          ),
        })
        .meta({ id: 'Role' }),
    ),
    nextCursor: z.null().describe('There is always one page.'),
  })
  .meta({ id: 'RoleList' });
