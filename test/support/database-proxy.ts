import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Something that goes by between a client and PostgreSQL. */
export interface Passage {
  /** `asked`: the server does not have it yet. `answered`: the server has done it, and the client does not know. */
  readonly side: 'asked' | 'answered';
  /** All that the client has asked in this transaction, the last of it at the end. */
  readonly asked: string;
  /** What the server says, when it is an answer. */
  readonly answer: string;
}

/** Looks at what goes by; `false` lets it go no further. */
export type Watch = (passage: Passage) => boolean;

/** The end of an answer after which no transaction is open: ReadyForQuery, idle. */
const IDLE = 'Z\0\0\0\x05I';

/**
 * Stands between one process and PostgreSQL, and shows what goes by: so a test can kill a process at a step of its
 * work that is known by its statement. Set DATABASE_PREPARED_STATEMENTS=false, or most texts go by only once.
 */
export class DatabaseProxy {
  /** What the watcher says of each passage. */
  watch: Watch = () => true;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.connect(client));

  constructor(private readonly target: URL) {}

  /** Starts to listen. @returns the address of the database by way of this proxy */
  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return Object.assign(new URL(this.target), { host: `127.0.0.1:${port}` }).href;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private connect(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    let asked = '';
    client.on('data', (chunk) => {
      asked += chunk.toString('latin1');
      if (this.watch({ side: 'asked', asked, answer: '' })) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      const answer = chunk.toString('latin1');
      if (this.watch({ side: 'answered', asked, answer })) client.write(chunk);
      if (answer.endsWith(IDLE)) asked = '';
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
