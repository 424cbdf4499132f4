import { configuration, type ConfigurationOf, flag } from '../config/configuration';

export const openapiConfig = configuration('openapi', {
  API_DOCS: flag().default(true).describe('Whether /docs and /openapi.json are served.'),
});

export type OpenapiConfig = ConfigurationOf<typeof openapiConfig>;
