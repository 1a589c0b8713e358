// The HTTP border as browsers and hostile clients meet it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PASSWORD, accepted, address, scenarios } from '../support/scenarios.js';

const ORIGIN = 'https://spa.example.test';

scenarios('the HTTP border', 'open', (stage) => {
  test('a browser may call with every header that supabase-js sends', async () => {
    const names = 'apikey,authorization,content-type,x-client-info,x-supabase-api-version';
    for (const [path, method] of [
      ['/token?grant_type=password', 'POST'],
      ['/user', 'PUT'],
      ['/admin/users', 'GET'],
      ['/factors/x', 'DELETE'],
    ]) {
      const response = await fetch(`${stage.auth}${path}`, {
        method: 'OPTIONS',
        headers: {
          Origin: ORIGIN,
          'Access-Control-Request-Method': method,
          'Access-Control-Request-Headers': names,
        },
      });
      assert.equal(response.status, 204, path);
      assert.equal(response.headers.get('access-control-allow-origin'), '*', path);
      const methods = response.headers.get('access-control-allow-methods') ?? '';
      assert.ok(methods.split(/, */).includes(method), `${path} ${methods}`);
      const allowed = (response.headers.get('access-control-allow-headers') ?? '').toLowerCase();
      for (const name of names.split(',')) {
        assert.ok(allowed.split(/, */).includes(name), `${path} ${name}: ${allowed}`);
      }
    }
  });

  test('a browser may read replies, errors and the headers of a list', async () => {
    const headers = { Origin: ORIGIN, apikey: stage.server.serviceKey };
    const token = stage.server.serviceKey;
    const list = await stage.request('GET', '/admin/users', { token, headers });
    const error = await stage.request('GET', '/user', { headers: { Origin: ORIGIN } });
    assert.deepEqual([list.status, error.status], [200, 401]);
    for (const response of [list, error]) {
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      const exposed = response.headers.get('access-control-expose-headers').toLowerCase();
      for (const name of ['x-total-count', 'link', 'x-supabase-api-version']) {
        assert.ok(exposed.includes(name), exposed);
      }
      assert.match(response.headers.get('vary'), /origin/i);
    }
  });

  test('health and settings are open to everybody', async () => {
    const health = await (await stage.request('GET', '/health')).json();
    assert.equal(health.name, 'GoTrue');
    const settings = await (await stage.request('GET', '/settings')).json();
    assert.equal(settings.disable_signup, false);
    assert.equal(settings.mailer_autoconfirm, true);
    assert.deepEqual([settings.external.google, settings.external.discord], [true, false]);
  });

  test('a broken body is the error of the client, with a code', async () => {
    const deep = `{"data": ${'['.repeat(20_000)}`;
    const bodies = ['', '{', '[]', '"x"', '{"email": 5}', 'email=a&password=b', deep];
    for (const body of bodies) {
      const response = await fetch(`${stage.auth}/signup`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Supabase-Api-Version': '2024-01-01' },
        body,
      });
      assert.equal(response.status, 400, body.slice(0, 40));
      const { code, message } = await response.json();
      assert.equal(code, 'bad_json', body.slice(0, 40));
      assert.equal(typeof message, 'string');
    }
  });

  test('a body beyond one mebibyte is refused', async () => {
    const data = { filler: 'x'.repeat(1_100_000) };
    const body = { email: address(), password: PASSWORD, data };
    const response = await stage.request('POST', '/signup', { body });
    assert.equal(response.status, 413);
    assert.equal((await response.json()).code, 'request_entity_too_large');
  });

  test('hostile fields neither break the server nor reach the reply', async () => {
    const hostile = [
      "' OR '1'='1",
      'a\r\nBcc: victim@example.com',
      'a\u0000b@example.com',
      'x'.repeat(10_000),
      '{{ .SiteURL }}',
      '../../etc/passwd',
    ];
    for (const value of hostile) {
      const body = { email: value, password: value };
      for (const path of ['/token?grant_type=password', '/signup', '/recover', '/otp']) {
        const response = await stage.request('POST', path, { body });
        assert.equal(response.status, 400, `${path} ${JSON.stringify(value)}`);
        assert.match(response.headers.get('content-type'), /^application\/json/);
      }
    }
    assert.equal((await stage.request('GET', '/health')).status, 200);
  });

  test('an unknown grant, route or method is refused without a stir', async () => {
    const grant = await stage.request('POST', '/token?grant_type=client_credentials', { body: {} });
    assert.equal(grant.status, 400);
    assert.equal((await grant.json()).message, 'unsupported_grant_type');
    assert.equal((await stage.request('GET', '/nope')).status, 404);
    const method = await stage.request('DELETE', '/signup');
    assert.equal(method.status, 405);
    assert.match(method.headers.get('allow'), /POST/);
  });

  test('nothing about a person is kept by caches on the way', async () => {
    const { session } = await stage.person();
    const reply = await stage.request('GET', '/user', { token: session.access_token });
    assert.equal(reply.status, 200);
    assert.doesNotMatch(reply.headers.get('cache-control') ?? '', /public|max-age=[1-9]/);
  });

  test('the management address tells whether a sign-in can work', async () => {
    const { managementUrl } = stage.server;
    for (const path of ['/livez', '/readyz', '/metrics']) {
      assert.equal((await fetch(`${managementUrl}${path}`)).status, 200, path);
    }
    const outside = await fetch(`${stage.server.url}/metrics`);
    assert.equal(outside.status, 404);
    accepted(await stage.client().auth.signUp({ email: address(), password: PASSWORD }));
  });
});
