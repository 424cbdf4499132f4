import type { Served } from './loopback.mjs';

/** Somebody who can be chosen. */
export interface Developer {
  id: number;
  login: string;
  name: string | null;
  email: string;
  verified: boolean;
}

export const GITHUB_CLIENT: { readonly id: string; readonly secret: string };
export function startGitHub(options: {
  port?: number;
  redirectUris: string[];
  people?: Developer[];
}): Promise<Served>;
