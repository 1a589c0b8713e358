// The account API, by plain requests, and its agreement with supabase-js about one account.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  OTHER_PASSWORD,
  PASSWORD,
  accepted,
  address,
  refused,
  scenarios,
  sessionMissing,
} from '../support/scenarios.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

scenarios('the account API', 'open', (stage) => {
  async function call(method, path, { token, body, headers } = {}) {
    const response = await fetch(`${stage.server.url}/api/v1/auth${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const reply = text === '' ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: reply };
  }

  async function registered(fields = {}) {
    const email = address('reg');
    const body = { email, password: PASSWORD, ...fields };
    const reply = await call('POST', '/register', { body });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return { email, ...reply.body };
  }

  function failed(reply, status) {
    assert.equal(reply.status, status, JSON.stringify(reply.body));
    assert.equal(reply.body.status_code, status);
    assert.equal(typeof reply.body.request_id, 'string');
    assert.ok(reply.body.request_id.length > 0);
    assert.ok(reply.body.detail);
    return reply.body;
  }

  function failedFor(field, reply) {
    assert.deepEqual(failed(reply, 422).errors.map((error) => error.field), [field]);
  }

  async function mailedToken(email) {
    const mail = await stage.mailbox.next(email);
    const found = /[?&]token=([^&"'\s<>]+)/.exec(mail.text);
    assert.ok(found, mail.text);
    return decodeURIComponent(found[1]);
  }

  test('registration gives tokens and a complete user', async () => {
    const reply = await registered({ full_name: 'Ada Lovelace', confirm_password: PASSWORD });
    assert.equal(reply.token_type, 'Bearer');
    assert.ok(reply.access_token && reply.refresh_token);
    assert.ok(reply.expires_in > 0);
    assert.match(reply.user.id, UUID);
    assert.equal(reply.user.email, reply.email);
    assert.equal(reply.user.full_name, 'Ada Lovelace');
    for (const field of ['display_name', 'avatar_url', 'role', 'created_at', 'credits_balance']) {
      assert.ok(field in reply.user, field);
    }
    assert.ok(Number.isInteger(reply.user.credits_balance) && reply.user.credits_balance >= 0);
  });

  test('an address is registered once, not even by racing twice', async () => {
    const email = address('race');
    const attempts = Array.from({ length: 20 }, () =>
      call('POST', '/register', { body: { email, password: PASSWORD } }),
    );
    const replies = await Promise.all(attempts);
    assert.equal(replies.filter(({ status }) => status === 201).length, 1);
    for (const reply of replies.filter(({ status }) => status !== 201)) failed(reply, 409);
    failed(await call('POST', '/register', { body: { email, password: PASSWORD } }), 409);
  });

  test('what makes no sense is told as such', async () => {
    const email = address();
    const cases = [
      {},
      { email },
      { email: 'nope', password: PASSWORD },
      { email, password: 'short1' },
      { email, password: 'onlyletters' },
      { email, password: '12345678' },
      { email, password: 'a1'.repeat(65) },
      { email, password: PASSWORD, confirm_password: OTHER_PASSWORD },
      { email, password: PASSWORD, avatar_url: 'http://plain.example.com/a.png' },
      { email, password: PASSWORD, full_name: 'x'.repeat(201) },
      { email: 5, password: PASSWORD },
    ];
    for (const body of cases) failed(await call('POST', '/register', { body }), 422);
    failed(await call('POST', '/login', { body: { email, password: PASSWORD } }), 401);
  });

  test('names of all languages are accepted as they are', async () => {
    for (const full_name of ["Seán O'Brien", '李明', 'Zoë 👩‍🚀', 'Jean-Luc de la Tour']) {
      const { access_token: token, user } = await registered({ full_name });
      assert.equal(user.full_name, full_name);
      const me = await call('GET', '/me', { token });
      assert.equal(me.body.full_name, full_name);
    }
  });

  test('a login gives the same person, with and without being remembered', async () => {
    const { email, user } = await registered();
    for (const remember_me of [undefined, false, true]) {
      const body = { email, password: PASSWORD, remember_me };
      const reply = await call('POST', '/login', { body });
      assert.equal(reply.status, 200);
      assert.equal(reply.body.token_type, 'Bearer');
      assert.equal(reply.body.user.id, user.id);
      assert.ok(reply.body.refresh_token);
    }
  });

  test('a wrong password and an unknown address are told alike', async () => {
    const { email } = await registered();
    const wrong = { email, password: OTHER_PASSWORD };
    const unknown = { email: address(), password: PASSWORD };
    const replies = [
      failed(await call('POST', '/login', { body: wrong }), 401),
      failed(await call('POST', '/login', { body: unknown }), 401),
    ];
    assert.equal(replies[0].detail, replies[1].detail);
    failed(await call('POST', '/login', { body: { email } }), 422);
  });

  const OPENING = { role: 'user', credits_balance: 1000, plan: 'free' };
  const WISHES = { role: 'admin', credits_balance: 999_999, plan: 'enterprise' };

  function standingOf({ role, credits_balance, plan }) {
    return { role, credits_balance, plan };
  }

  test('every account opens with the standing that the server gives', async () => {
    const { email, user } = await registered();
    assert.deepEqual(standingOf(user), OPENING);
    // The second login must not book the opening credits again.
    for (let n = 0; n < 2; n += 1) {
      const reply = await call('POST', '/login', { body: { email, password: PASSWORD } });
      assert.deepEqual(standingOf(reply.body.user), OPENING);
    }
  });

  for (const [field, wish] of Object.entries(WISHES)) {
    test(`nobody writes the own ${field}`, async () => {
      const credentials = { email: address('greedy'), password: PASSWORD };
      const greedy = { ...credentials, [field]: wish };
      failedFor(field, await call('POST', '/register', { body: greedy }));
      failed(await call('POST', '/login', { body: credentials }), 401);

      const { access_token: token, user } = await registered({ full_name: 'Ada' });
      const body = { full_name: 'Grace', [field]: wish };
      failedFor(field, await call('PUT', '/profile', { token, body }));
      const me = await call('GET', '/me', { token });
      assert.deepEqual(me.body, user);
      assert.deepEqual(standingOf(me.body), OPENING);
    });
  }

  test('what a person writes into the own metadata is no standing', async () => {
    const { email, user, access_token: token } = await registered();
    const { client } = await stage.signedIn({ email, password: PASSWORD });
    const changed = accepted(await client.auth.updateUser({ data: WISHES })).user;
    assert.equal(changed.user_metadata.plan, WISHES.plan);
    const me = await call('GET', '/me', { token });
    assert.equal(me.body.id, user.id);
    assert.deepEqual(standingOf(me.body), OPENING);
  });

  test('whoever has a token sees the own account, and nobody else does', async () => {
    const [ada, grace] = [await registered(), await registered()];
    for (const person of [ada, grace]) {
      const me = await call('GET', '/me', { token: person.access_token });
      assert.equal(me.status, 200);
      assert.equal(me.body.id, person.user.id);
      assert.equal(me.body.email, person.email);
    }
    const [header, claims] = ada.access_token.split('.');
    for (const token of [undefined, 'x.y.z', `${header}.${claims}.AAAA`, stage.server.serviceKey]) {
      const reply = await call('GET', '/me', { token });
      failed(reply, 401);
      assert.match(reply.headers.get('www-authenticate'), /^Bearer/);
    }
  });

  test('a token in the body is no token', async () => {
    const { access_token: credentials } = await registered();
    const body = { scheme: 'Bearer', credentials };
    failed(await call('POST', '/logout', { body }), 401);
    assert.equal((await call('GET', '/me', { token: credentials })).status, 200);
  });

  test('a renewal gives new tokens, and refuses what is none', async () => {
    const { refresh_token, user } = await registered();
    const reply = await call('POST', '/refresh', { body: { refresh_token } });
    assert.equal(reply.status, 200);
    assert.equal(reply.body.user.id, user.id);
    assert.notEqual(reply.body.refresh_token, refresh_token);
    const me = await call('GET', '/me', { token: reply.body.access_token });
    assert.equal(me.status, 200);
    failed(await call('POST', '/refresh', { body: { refresh_token: 'nonsense' } }), 401);
    failed(await call('POST', '/refresh', { body: {} }), 422);
  });

  test('after the logout neither token is good for anything', async () => {
    const { access_token: token, refresh_token } = await registered();
    const reply = await call('POST', '/logout', { token });
    assert.equal(reply.status, 200);
    assert.equal(typeof reply.body.message, 'string');
    failed(await call('GET', '/me', { token }), 401);
    failed(await call('POST', '/refresh', { body: { refresh_token } }), 401);
    failed(await call('POST', '/logout', { token }), 401);
  });

  test('the own profile is changed, within its rules', async () => {
    const { access_token: token } = await registered({ full_name: 'Ada' });
    const avatar_url = 'https://img.example.test/ada.png';
    const body = { full_name: "Ada O'Brien 李", avatar_url };
    const changed = await call('PUT', '/profile', { token, body });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    const me = (await call('GET', '/me', { token })).body;
    assert.equal(me.full_name, body.full_name);
    assert.equal(me.avatar_url, avatar_url);
    const plain = { avatar_url: 'http://img.example.test/ada.png' };
    failed(await call('PUT', '/profile', { token, body: plain }), 422);
    failed(await call('PUT', '/profile', { token, body: { avatar_url: 'javascript:1' } }), 422);
    failed(await call('PUT', '/profile', { body }), 401);
  });

  test('a lost password is replaced by a mailed token, once, and ends all sessions', async () => {
    const { email, access_token: old } = await registered();
    const asked = await call('POST', '/password-reset', { body: { email } });
    assert.equal(asked.status, 200);
    const token = await mailedToken(email);
    const password = 'N3w-password';
    const mismatch = { token, new_password: password, confirm_password: PASSWORD };
    failed(await call('POST', '/password-reset-confirm', { body: mismatch }), 422);
    const weak = { token, new_password: 'short', confirm_password: 'short' };
    failed(await call('POST', '/password-reset-confirm', { body: weak }), 422);

    const body = { token, new_password: password, confirm_password: password };
    const done = await call('POST', '/password-reset-confirm', { body });
    assert.equal(done.status, 200, JSON.stringify(done.body));
    failed(await call('GET', '/me', { token: old }), 401);
    failed(await call('POST', '/login', { body: { email, password: PASSWORD } }), 401);
    assert.equal((await call('POST', '/login', { body: { email, password } })).status, 200);
    failed(await call('POST', '/password-reset-confirm', { body }), 400);
  });

  test('a reset for an unknown address is answered alike, without a mail', async () => {
    const { email } = await registered();
    const nobody = address('nobody');
    const known = await call('POST', '/password-reset', { body: { email } });
    const unknown = await call('POST', '/password-reset', { body: { email: nobody } });
    assert.deepEqual([unknown.status, unknown.body], [known.status, known.body]);
    await stage.mailsAreOut();
    assert.equal(stage.mailbox.unread(nobody), 0);
    const body = { token: 'nonsense', new_password: PASSWORD, confirm_password: PASSWORD };
    failed(await call('POST', '/password-reset-confirm', { body }), 400);
  });

  test('health and the rules of passwords are public', async () => {
    const health = await call('GET', '/health');
    assert.equal(health.status, 200);
    assert.equal(typeof health.body.status, 'string');
    const rules = await call('GET', '/security-info');
    assert.equal(rules.status, 200);
    assert.ok(Object.keys(rules.body).length > 0);
    assert.ok(!JSON.stringify([health.body, rules.body]).includes('127.0.0.1'));
  });

  test('an error bears the id of its request', async () => {
    const headers = { 'X-Request-ID': '0b5f8a52-6f0c-4b5e-9a77-2f4f3f1d9c10' };
    const reply = await call('GET', '/me', { headers });
    assert.equal(failed(reply, 401).request_id, reply.headers.get('x-request-id'));
    failed(await call('GET', '/nope'), 404);
    failed(await call('DELETE', '/register'), 405);
  });

  test('one account serves both APIs', async () => {
    const { email, user, access_token: token } = await registered({ full_name: 'Ada' });
    const { client, session } = await stage.signedIn({ email, password: PASSWORD });
    assert.equal(accepted(await client.auth.getUser()).user.id, user.id);
    const me = await call('GET', '/me', { token: session.access_token });
    assert.equal(me.body.id, user.id);
    assert.equal(accepted(await stage.client().auth.getUser(token)).user.email, email);

    accepted(await client.auth.signOut());
    failed(await call('GET', '/me', { token }), 401);
    sessionMissing(await stage.client().auth.getUser(token));
    const again = await stage.client().auth.signUp({ email, password: PASSWORD });
    refused(again, { status: 422, code: 'user_already_exists' });
  });

  test('an account made by supabase-js logs in here', async () => {
    const email = address();
    const { user } = accepted(await stage.client().auth.signUp({ email, password: PASSWORD }));
    const reply = await call('POST', '/login', { body: { email, password: PASSWORD } });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    assert.equal(reply.body.user.id, user.id);
    failed(await call('POST', '/register', { body: { email, password: PASSWORD } }), 409);
  });
});
