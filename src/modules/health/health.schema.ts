import { z } from 'zod';

export const ProbeView = z
  .strictObject({ status: z.literal('ok') })
  .meta({ id: 'Probe', description: 'The answer to a probe; its status code is what counts.' });

export const VersionView = z
  .strictObject({
    version: z.string().meta({ examples: ['0.1.0'] }),
    revision: z
      .string()
      .describe(
        'The digest of the image or the commit that was deployed; two images of one version differ in it.',
      )
      .meta({ examples: [`sha256:${'0'.repeat(64)}`] }),
  })
  .meta({ id: 'Version', description: 'What runs.' });

export type VersionView = z.output<typeof VersionView>;

const CheckView = z
  .strictObject({
    name: z.string().meta({ examples: ['database'] }),
    critical: z.boolean().describe('Whether the process is not ready without it.'),
    status: z.enum(['up', 'down']),
    durationMs: z.number().describe('How long the check took.'),
    detail: z.string().optional().describe('What is wrong, or worth knowing.'),
  })
  .meta({ id: 'HealthCheck' });

export const HealthView = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'down', 'draining']).describe('The worst of what was found.'),
    ...VersionView.shape,
    uptimeSeconds: z.int(),
    checks: z.array(CheckView),
    drivers: z
      .record(z.string(), z.string())
      .describe('By what each port is served.')
      .meta({ examples: [{ database: 'PostgreSQL', limits: 'Redis' }] }),
  })
  .meta({ id: 'Health', description: 'What the process relies on, and how that is.' });

export type HealthView = z.output<typeof HealthView>;
