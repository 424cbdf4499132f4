import { z } from 'zod';
import { defineJob } from '../../../core/jobs/job';

/** Enqueued with the removal of an organization, and handled in its scope: the only one that reaches its rows. */
export const eraseOrganization = defineJob({
  name: 'organizations.erase',
  schema: z.object({ organizationId: z.uuid() }),
});
