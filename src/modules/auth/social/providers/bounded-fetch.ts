import type { CustomFetchOptions } from 'openid-client';
import { ProviderOutage } from './provider-errors';

const MAX_BYTES = 512 * 1024;

/** `fetch` for the answers of a provider, of which it takes so much and no more. @throws ProviderOutage */
export async function boundedFetch(url: string, options: CustomFetchOptions): Promise<Response> {
  try {
    const response = await fetch(url, options as RequestInit);
    const { status, headers } = response;
    return new Response(await bodyOf(response), { status, headers });
  } catch (cause) {
    // No connection, one that broke, or none in time.
    throw new ProviderOutage(`${new URL(url).origin} did not answer.`, { cause });
  }
}

async function bodyOf({ body }: Response): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`The answer has more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return chunks.length > 0 ? Buffer.concat(chunks) : null;
}
