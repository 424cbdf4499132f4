import { startApp, type TestApp } from '../support/app';

describe('HTTP', () => {
  let it_: TestApp;
  beforeAll(async () => {
    it_ = await startApp();
  });
  afterAll(() => it_?.close());

  it('answers an unknown address with problem details', async () => {
    const response = await it_.http.get('/nowhere').expect(404);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.body).toMatchObject({
      type: '/problems/route_not_found',
      status: 404,
      code: 'route_not_found',
      instance: '/nowhere',
    });
    expect(response.body.requestId).toBe(response.headers['x-request-id']);
  });
});
