import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Speaks the range API of Have I Been Pwned. */
export class BreachList {
  readonly asked: { path: string; headers: IncomingHttpHeaders }[] = [];
  answer: (response: ServerResponse, lines: string[]) => void = (response, lines) =>
    response.end(lines.join('\r\n'));
  private readonly hashes = new Map<string, number>();

  private constructor(private readonly server: Server) {
    server.on('request', ({ url, headers }, response) => {
      this.asked.push({ path: url!, headers });
      const prefix = url!.slice('/range/'.length);
      const found = [...this.hashes].filter(([hash]) => hash.startsWith(prefix));
      const padding = Array.from({ length: 800 }, (_, n) => `${sha1(`padding ${n}`).slice(5)}:0`);
      this.answer(response, [...padding, ...found.map(([hash, count]) => `${hash.slice(5)}:${count}`)]);
    });
  }

  static async start(): Promise<BreachList> {
    const list = new BreachList(createServer());
    await once(list.server.listen(0, '127.0.0.1'), 'listening');
    return list;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(password: string, count: number): void {
    this.hashes.set(sha1(password), count);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();
