/**
 * What a browser does with cookies and redirects, step by step: one jar, which tells hosts apart as they are named.
 * It knows one name: what it asks `publicUrl` for, the server at `url` answers.
 */
export class Browser {
  private readonly jar = new Map<string, Map<string, string>>();

  constructor(
    private readonly publicUrl: string,
    private readonly url: string,
  ) {}

  /** One request, without following what it answers. */
  async request(address: string | URL, init: RequestInit = {}): Promise<Response> {
    const { href, host } = new URL(address);
    const reached = href.startsWith(this.publicUrl) ? this.url + href.slice(this.publicUrl.length) : href;
    const cookies = [...(this.jar.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookies) headers.set('cookie', cookies);
    const response = await fetch(reached, { ...init, headers, redirect: 'manual' });
    this.keep(host, response.headers.getSetCookie());
    return response;
  }

  /** Follows redirects until a page, or until one leads to an address that begins with `end`, which is not asked for. */
  async follow(start: string, end: string): Promise<string> {
    let address = start;
    for (let step = 0; step < 10; step += 1) {
      const response = await this.request(address);
      const location = response.headers.get('location');
      if (!location) return address;
      address = new URL(location, address).href;
      if (address.startsWith(end)) return address;
    }
    throw new Error(`${start} leads in circles.`);
  }

  cookies(host: string): ReadonlyMap<string, string> {
    return this.jar.get(host) ?? new Map();
  }

  private keep(host: string, lines: string[]): void {
    const kept = this.jar.get(host) ?? new Map<string, string>();
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      const gone = attributes.some((one) => /^ *(max-age=0|expires=thu, 01 jan 1970.*)$/i.test(one));
      if (gone) kept.delete(name.trim());
      else kept.set(name.trim(), value.join('='));
    }
    this.jar.set(host, kept);
  }
}
