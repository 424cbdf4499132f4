import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';

export const INPUT = { name: 'Signal lamp', priceMinor: 12_900, currency: 'EUR' };
export const NOWHERE = '01920000-0000-7000-8000-000000000000';

export type Caller = { readonly authorization: string };

/** The application, and people of two organizations who read and change products. */
export class Catalogue {
  private constructor(
    readonly test: TestApp,
    readonly own: SeedOrganization,
    readonly callers: Readonly<Record<'admin' | 'editor' | 'viewer' | 'stranger', Caller>>,
  ) {}

  static async start(): Promise<Catalogue> {
    const test = await startApp();
    const [own, foreign] = test.plan.organizations as [SeedOrganization, SeedOrganization];
    return new Catalogue(test, own, {
      admin: await test.signIn(own, 'admin'),
      editor: await test.signIn(own, 'editor'),
      viewer: await test.signIn(own, 'viewer'),
      stranger: await test.signIn(foreign, 'owner'),
    });
  }

  close(): Promise<void> {
    return this.test.close();
  }

  post(author: Caller, input: object) {
    return this.test.http.post('/v1/products').set(author).send(input);
  }

  /** Makes a product, and answers its id. */
  async create(input: object = {}, author = this.callers.editor): Promise<string> {
    return (await this.post(author, { ...INPUT, ...input }).expect(201)).body.id;
  }

  /** By its id, or with more than that. */
  read(path: string, reader = this.callers.viewer) {
    return this.test.http.get(`/v1/products/${path}`).set(reader);
  }

  list(query: string, reader = this.callers.viewer) {
    return this.test.http.get(`/v1/products?${query}`).set(reader);
  }

  change(author: Caller, id: string, changes: object) {
    return this.test.http.patch(`/v1/products/${id}`).set(author).send(changes);
  }

  remove(author: Caller, id: string) {
    return this.test.http.delete(`/v1/products/${id}`).set(author);
  }

  batch(author: Caller, operations: object[]) {
    return this.test.http.post('/v1/products/batch').set(author).send({ operations });
  }
}
