/** Starts the local providers that `env` names no client for. */
export function startProviders(options: {
  env: Record<string, string | undefined>;
  portOf(variable: 'LOCAL_GOOGLE_PORT' | 'LOCAL_GITHUB_PORT'): number;
  publicUrl: string;
}): Promise<{ settings: Record<string, string>; close(): Promise<unknown> }>;
