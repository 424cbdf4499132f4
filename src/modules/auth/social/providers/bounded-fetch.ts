import type { CustomFetchOptions } from 'openid-client';
import { ProviderOutage } from './provider-errors';

const MAX_BYTES = 512 * 1024;

/** `fetch` for the answers of a provider, of which it takes so much and no more. */
export async function boundedFetch(url: string, options: CustomFetchOptions): Promise<Response> {
  const response = await fetch(url, options as RequestInit);
  const { status, headers } = response;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new ProviderOutage(`The answer has more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return new Response(chunks.length > 0 ? Buffer.concat(chunks) : null, { status, headers });
}
