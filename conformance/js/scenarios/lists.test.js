// What a back end searches by plain requests, since no client offers it: users and the audit log.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { OTHER_PASSWORD, PASSWORD, accepted, address, scenarios } from '../support/scenarios.js';

const INVALID = { status: 400, code: 'validation_failed' };

scenarios('searching', 'open', (stage) => {
  async function asked(path, query, token = stage.server.serviceKey) {
    const search = new URLSearchParams(query);
    return stage.request('GET', `${path}?${search}`, { token, headers: { apikey: token } });
  }

  async function found(path, query) {
    const response = await asked(path, query);
    assert.equal(response.status, 200, JSON.stringify(query));
    const total = Number(response.headers.get('x-total-count'));
    return { total, link: response.headers.get('link'), body: await response.json() };
  }

  async function told(path, query, token) {
    const response = await asked(path, query, token);
    return { status: response.status, code: (await response.json()).code };
  }

  async function emails(filter, more = {}) {
    const { total, body } = await found('/admin/users', { filter, ...more });
    assert.equal(body.aud, 'authenticated');
    assert.equal(total, body.users.length);
    return body.users.map(({ email }) => email);
  }

  /** Lines of the audit log, without what differs from run to run. */
  async function lines(query, more = {}) {
    const { total, body } = await found('/admin/audit', { query, ...more });
    assert.equal(total, body.length);
    return body.map(({ payload }) => payload);
  }

  test('users are found by a part of the address, in any letters', async () => {
    const mark = randomBytes(5).toString('hex');
    const { email } = await stage.account({ email: `ada.${mark}@example.com` });
    await stage.account();
    for (const filter of [email, mark, mark.toUpperCase(), `A.${mark}@EXAMPLE`]) {
      assert.deepEqual(await emails(filter), [email], filter);
    }
    assert.deepEqual(await emails(`${mark}x`), []);
  });

  test('users are found by a part of the full name', async () => {
    const mark = randomBytes(5).toString('hex');
    const named = await stage.account({ user_metadata: { full_name: `Seán O'Brien ${mark}` } });
    await stage.account({ user_metadata: { nickname: mark } });
    assert.deepEqual(await emails(mark), [named.email]);
    assert.deepEqual(await emails(`seán o'brien ${mark}`), [named.email]);
  });

  test('what means something to a database is looked for as it is', async () => {
    const mark = randomBytes(5).toString('hex');
    const odd = `100%_\\${mark}`;
    const { email } = await stage.account({ user_metadata: { full_name: odd } });
    await stage.account({ user_metadata: { full_name: `100xy\\${mark}` } });
    assert.deepEqual(await emails(odd), [email]);
    for (const filter of [`%${mark}`, `_${mark}`, `' OR 1=1 -- ${mark}`, `"; -- ${mark}`]) {
      assert.deepEqual(await emails(filter), [], filter);
    }
  });

  test('what was found is sorted by its age, and comes in pages', async () => {
    const mark = randomBytes(5).toString('hex');
    const made = [];
    for (let n = 0; n < 3; n += 1) {
      made.push((await stage.account({ email: `p${n}.${mark}@example.com` })).email);
    }
    assert.deepEqual(await emails(mark, { sort: 'created_at asc' }), made);
    assert.deepEqual(await emails(mark), made.toReversed());
    const page = await found('/admin/users', { filter: mark, page: 1, per_page: 2 });
    assert.equal(page.total, 3);
    assert.deepEqual(page.body.users.map(({ email }) => email), made.toReversed().slice(0, 2));
    const next = /<([^>]+)>; rel="next"/.exec(page.link)[1];
    assert.match(next, /^\/admin\/users\?/);
    const rest = await found('/admin/users', new URL(next, stage.auth).searchParams);
    assert.deepEqual(rest.body.users.map(({ email }) => email), made.slice(0, 1));
  });

  test('a filter that no name can contain is refused', async () => {
    assert.deepEqual(await told('/admin/users', { filter: 'x'.repeat(256) }), INVALID);
    assert.deepEqual(await told('/admin/users', { filter: 'a\u0000b' }), INVALID);
    assert.deepEqual(await emails('x'.repeat(255)), []);
  });

  test('the log tells what a person did, the newest first', async () => {
    const { client, email, user } = await stage.person({ user_metadata: { full_name: 'Ada' } });
    accepted(await client.auth.updateUser({ password: OTHER_PASSWORD }));
    accepted(await client.auth.signOut());
    const log = await lines(`author:${email.toUpperCase()}`);
    assert.deepEqual(
      log.map(({ action, log_type }) => [action, log_type]),
      [
        ['logout', 'account'],
        ['user_modified', 'user'],
        ['user_updated_password', 'user'],
        ['login', 'account'],
      ],
    );
    for (const line of log) {
      assert.equal(line.actor_id, user.id);
      assert.equal(line.actor_username, email);
      assert.equal(line.actor_name, 'Ada');
    }
  });

  test('the log tells whom the back end made, changed and removed', async () => {
    const { user, email } = await stage.account();
    accepted(await stage.admin.updateUserById(user.id, { user_metadata: { n: 1 } }));
    accepted(await stage.admin.deleteUser(user.id));
    const log = await lines('author:service_role', { per_page: 1000 });
    const about = log.filter(({ traits }) => traits?.user_id === user.id);
    const actions = about.map(({ action }) => action);
    assert.deepEqual(actions, ['user_deleted', 'user_modified', 'user_signedup']);
    for (const { traits } of about) assert.equal(traits.user_email, email);
  });

  test('the log is searched by author, action and type, and comes in pages', async () => {
    const { email } = await stage.person({ user_metadata: { full_name: 'Grace' } });
    for (const [query, field, value] of [
      ['action:LOGI', 'action', 'login'],
      ['type:account', 'log_type', 'account'],
      ['author:grace', 'actor_name', 'Grace'],
    ]) {
      const log = await lines(query, { per_page: 1000 });
      assert.deepEqual(new Set(log.map((line) => line[field])), new Set([value]));
      assert.ok(log.some((line) => line.actor_username === email), query);
    }
    assert.deepEqual(await lines(`author:${address('nobody')}`), []);

    const first = await found('/admin/audit', { page: 1, per_page: 1 });
    const second = await found('/admin/audit', { page: 2, per_page: 1 });
    assert.equal(first.body.length, 1);
    assert.ok(first.total >= 2);
    assert.ok(first.body[0].created_at >= second.body[0].created_at);
    assert.notEqual(first.body[0].id, second.body[0].id);
    assert.match(first.link, /page=2[^>]*>; rel="next"/);
  });

  test('the log holds neither passwords nor tokens', async () => {
    const { session } = await stage.person();
    const body = JSON.stringify(await lines('', { per_page: 1000 }));
    for (const secret of [PASSWORD, session.access_token, session.refresh_token]) {
      assert.ok(!body.includes(secret));
    }
  });

  test('a search of the log that cannot be meant is refused', async () => {
    for (const query of ['zzz:1', 'author', ':x', `author:${'x'.repeat(256)}`, 'author:\u0000']) {
      assert.deepEqual(await told('/admin/audit', { query }), INVALID, query);
    }
    assert.deepEqual(await told('/admin/audit', { page: 'x' }), INVALID);
  });

  test('neither the public key nor a person searches', async () => {
    const { session } = await stage.person();
    const forbidden = { status: 403, code: 'not_admin' };
    for (const path of ['/admin/users', '/admin/audit']) {
      assert.deepEqual(await told(path, {}, stage.server.anonKey), forbidden);
      assert.deepEqual(await told(path, {}, session.access_token), forbidden);
      const nobody = await stage.request('GET', path);
      assert.equal(nobody.status, 401);
      assert.equal((await nobody.json()).code, 'no_authorization');
    }
  });
});
