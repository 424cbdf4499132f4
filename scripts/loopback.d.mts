import type { IncomingMessage, RequestListener } from 'node:http';

/** A server of this machine. */
export interface Served {
  port: number;
  url: string;
  close(): Promise<void>;
}

export function serveLoopback(port: number, listener: RequestListener): Promise<Served>;
export function formOf(request: IncomingMessage): Promise<URLSearchParams>;
