import type { Served } from './loopback.mjs';

/** Somebody who can be chosen. `id` is the subject. */
export interface Person {
  id: string;
  name: string;
  email: string;
  email_verified: boolean;
}

export const GOOGLE_CLIENT: { readonly id: string; readonly secret: string };
export function startIdentityProvider(options: {
  port?: number;
  redirectUris: string[];
  people?: Person[];
}): Promise<Served>;
