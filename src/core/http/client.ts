import { currentContext } from '../context';

/** Where a request comes from. */
export interface Client {
  /** IP address, as far as `TRUST_PROXY_HOPS` lets it be believed. */
  readonly address: string | null;
  /** What the client says it is: at most 200 characters. */
  readonly userAgent: string | null;
}

/** The client of the running request; nulls in jobs. */
export function currentClient(): Client {
  const request = currentContext()?.reply?.request;
  const userAgent = request?.headers['user-agent']?.slice(0, 200) ?? null;
  return { address: request?.ip ?? null, userAgent };
}
