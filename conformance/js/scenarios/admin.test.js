// What a back end does with the service key: users, invitations, links, imports.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import {
  OTHER_PASSWORD,
  PASSWORD,
  accepted,
  address,
  decoded,
  refused,
  scenarios,
  sessionMissing,
  tokensOf,
} from '../support/scenarios.js';

const TAKEN = { status: 422, code: 'email_exists' };
const NOBODY = { status: 404, code: 'user_not_found' };
const WRONG = { status: 400, code: 'invalid_credentials' };

// The hashes of PASSWORD as other systems would hand them over.
const IMPORTED = {
  bcrypt: '$2b$10$8R0SA/Z/9eEneGxpdLkeI.7hswwdhPT/t.lWlOPMKH55mA4.m2nSW',
  argon2id:
    '$argon2id$v=19$m=19456,t=3,p=2$Z29sZGVuLXNhbHQtMDAwMQ' +
    '$ai7WGwi/g+gv73G+27RhR8R5g1wtEbFTY6eAb2UEVFg',
  'Firebase scrypt':
    '$fbscrypt$v=1,n=14,r=8,p=1,ss=G/A=,sk=ekXvCElKIXMJHXAZvQp4bNPWwk9+D6qzBZB0EJhAutjbfFv7hTckg' +
    '11F1jvJFDqZPZBwRO4jbsYP319wkIVAKA==$ZmItc2FsdC0wMDAx$L/1MVFKikpar71WWhWtVJESesFNSc1MmYGkQ' +
    'wcbic232wid5Gm5zBHjMvTrgnGbZesVpoUpW2tAhZyrTUZ8UJg==',
};

scenarios('user administration', 'open', (stage) => {
  test('a user is created with everything that the back end says', async () => {
    const email = address('U1').toUpperCase();
    const id = randomUUID();
    const { user } = accepted(
      await stage.admin.createUser({
        id,
        email,
        password: PASSWORD,
        email_confirm: true,
        role: 'manager',
        user_metadata: { full_name: 'User One' },
        app_metadata: { plan: 'pro' },
      }),
    );
    assert.equal(user.id, id);
    assert.equal(user.email, email.toLowerCase());
    assert.deepEqual(user.app_metadata, { plan: 'pro', provider: 'email', providers: ['email'] });
    assert.equal(user.user_metadata.full_name, 'User One');
    const { session } = await stage.signedIn({ email, password: PASSWORD });
    const { claims } = decoded(session.access_token);
    assert.equal(claims.role, 'manager');
    assert.equal(claims.app_metadata.plan, 'pro');
  });

  test('an address cannot be given to two users, not even by racing', async () => {
    const email = address();
    const attempts = Array.from({ length: 20 }, () =>
      stage.admin.createUser({ email, password: PASSWORD, email_confirm: true }),
    );
    const results = await Promise.all(attempts);
    assert.equal(results.filter(({ error }) => error === null).length, 1);
    for (const result of results.filter(({ error }) => error)) refused(result, TAKEN);
  });

  test('a user that makes no sense is refused', async () => {
    const malformed = { status: 400, code: 'validation_failed' };
    const { admin } = stage;
    refused(await admin.createUser({}), malformed);
    refused(await admin.createUser({ email: 'nope' }), malformed);
    refused(await admin.createUser({ email: address(), id: 'nope' }), malformed);
    refused(await admin.createUser({ email: address(), ban_duration: 'soon' }), malformed);
    const both = { password: PASSWORD, password_hash: IMPORTED.bcrypt };
    refused(await admin.createUser({ email: address(), ...both }), malformed);
  });

  for (const [name, password_hash] of Object.entries(IMPORTED)) {
    test(`a password imported as ${name} signs in, a wrong one does not`, async () => {
      const email = address('import');
      accepted(await stage.admin.createUser({ email, email_confirm: true, password_hash }));
      const { auth } = stage.client();
      refused(await auth.signInWithPassword({ email, password: OTHER_PASSWORD }), WRONG);
      // Twice, because the first sign-in may replace the hash.
      await stage.signedIn({ email, password: PASSWORD });
      await stage.signedIn({ email, password: PASSWORD });
      refused(await auth.signInWithPassword({ email, password: OTHER_PASSWORD }), WRONG);
    });
  }

  test('a list comes in pages that name their neighbours', async () => {
    for (let n = 0; n < 5; n += 1) await stage.account();
    const { users, total } = accepted(await stage.admin.listUsers());
    assert.ok(total >= 5 && users.length === Math.min(total, 50), `${users.length} of ${total}`);
    const perPage = Math.ceil(total / 3);
    const lastPage = Math.ceil(total / perPage);
    const seen = [];
    for (let page = 1; page <= lastPage; page += 1) {
      const part = accepted(await stage.admin.listUsers({ page, perPage }));
      assert.equal(part.total, total);
      assert.equal(part.lastPage, lastPage);
      assert.equal(part.nextPage, page < lastPage ? page + 1 : null);
      assert.equal(part.aud, 'authenticated');
      seen.push(...part.users.map(({ id }) => id));
    }
    assert.equal(seen.length, total);
    assert.equal(new Set(seen).size, total);
    const beyond = accepted(await stage.admin.listUsers({ page: 99, perPage }));
    assert.deepEqual(beyond.users, []);
  });

  test('absurd pages are refused, and break nothing', async () => {
    for (const query of ['page=x', 'page=-1', 'per_page=-1', 'sort=email%20asc']) {
      const token = stage.server.serviceKey;
      const headers = { apikey: token };
      const response = await stage.request('GET', `/admin/users?${query}`, { token, headers });
      assert.equal(response.status, 400, query);
      assert.equal((await response.json()).code, 'validation_failed', query);
    }
    assert.ok(accepted(await stage.admin.listUsers({ page: 1, perPage: 100_000 })).users.length);
  });

  test('a user is found by id, and a missing one is told apart', async () => {
    const { user, email } = await stage.account();
    assert.equal(accepted(await stage.admin.getUserById(user.id)).user.email, email);
    refused(await stage.admin.getUserById(randomUUID()), NOBODY);
    refused(await stage.admin.updateUserById(randomUUID(), {}), NOBODY);
  });

  test('metadata is merged, and null removes a key', async () => {
    const { user } = await stage.account({
      user_metadata: { x: 1, kept: true },
      app_metadata: { plan: 'pro' },
    });
    const change = { user_metadata: { x: null, y: 2 }, app_metadata: { plan: null, tier: 3 } };
    const changed = accepted(await stage.admin.updateUserById(user.id, change)).user;
    assert.equal(changed.user_metadata.y, 2);
    assert.equal(changed.user_metadata.kept, true);
    assert.ok(!('x' in changed.user_metadata));
    assert.deepEqual(changed.app_metadata, { provider: 'email', providers: ['email'], tier: 3 });
  });

  test('an address is changed without a mail', async () => {
    const { user, email } = await stage.account();
    const fresh = address('fresh');
    const change = { email: fresh, email_confirm: true };
    assert.equal(accepted(await stage.admin.updateUserById(user.id, change)).user.email, fresh);
    await stage.signedIn({ email: fresh, password: PASSWORD });
    const { auth } = stage.client();
    refused(await auth.signInWithPassword({ email, password: PASSWORD }), WRONG);
  });

  test('a ban ends access at once, until it is lifted', async () => {
    const person = await stage.person();
    const { user, email, session } = person;
    const ban = accepted(await stage.admin.updateUserById(user.id, { ban_duration: '24h' }));
    const hours = (new Date(ban.user.banned_until) - Date.now()) / 3_600_000;
    assert.ok(hours > 23.9 && hours < 24.1, ban.user.banned_until);
    const { auth } = stage.client();
    const attempt = await auth.signInWithPassword({ email, password: PASSWORD });
    refused(attempt, { status: 400, code: 'user_banned' });
    const look = await auth.getUser(session.access_token);
    refused(look, { status: 403, code: 'user_banned' });
    const { refresh_token } = session;
    refused(await auth.refreshSession({ refresh_token }), { status: 400, code: 'user_banned' });
    accepted(await stage.admin.updateUserById(user.id, { ban_duration: 'none' }));
    accepted(await person.client.auth.getUser());
    await stage.signedIn(person);
  });

  test('a password set by the back end ends all sessions', async () => {
    const { user, email, session } = await stage.person();
    accepted(await stage.admin.updateUserById(user.id, { password: OTHER_PASSWORD }));
    sessionMissing(await stage.client().auth.getUser(session.access_token));
    await stage.signedIn({ email, password: OTHER_PASSWORD });
    const weak = await stage.admin.updateUserById(user.id, { password: 'abc' });
    refused(weak, { name: 'AuthWeakPasswordError', status: 422, code: 'weak_password' });
  });

  test('a deleted user is gone, and the address is free', async () => {
    const { user, email, session } = await stage.person();
    accepted(await stage.admin.deleteUser(user.id));
    refused(await stage.admin.getUserById(user.id), NOBODY);
    refused(await stage.admin.deleteUser(user.id), NOBODY);
    const { auth } = stage.client();
    refused(await auth.getUser(session.access_token), { status: 403, code: 'user_not_found' });
    refused(await auth.signInWithPassword({ email, password: PASSWORD }), WRONG);
    const successor = accepted(await auth.signUp({ email, password: PASSWORD })).user;
    assert.notEqual(successor.id, user.id);
  });

  test('a softly deleted user leaves an id, and neither address nor access', async () => {
    const { user, email, session } = await stage.person();
    accepted(await stage.admin.deleteUser(user.id, true));
    const shadow = accepted(await stage.admin.getUserById(user.id)).user;
    assert.ok(shadow.deleted_at);
    assert.notEqual(shadow.email, email);
    assert.ok(!JSON.stringify(shadow).includes(email));
    const { auth } = stage.client();
    refused(await auth.signInWithPassword({ email, password: PASSWORD }), WRONG);
    sessionMissing(await auth.getUser(session.access_token));
    const successor = accepted(await auth.signUp({ email, password: PASSWORD })).user;
    assert.notEqual(successor.id, user.id);
  });

  test('the back end signs a person out', async () => {
    const account = await stage.account();
    const [here, there] = [await stage.signedIn(account), await stage.signedIn(account)];
    accepted(await stage.admin.signOut(here.session.access_token, 'others'));
    accepted(await here.client.auth.getUser());
    sessionMissing(await stage.client().auth.getUser(there.session.access_token));
    accepted(await stage.admin.signOut(here.session.access_token));
    sessionMissing(await stage.client().auth.getUser(here.session.access_token));
  });

  test('there are no custom providers yet', async () => {
    assert.deepEqual(accepted(await stage.admin.customProviders.listProviders()).providers, []);
  });
});

scenarios('keys', 'open', (stage) => {
  test('the public key opens nothing of the administration', async () => {
    const { user } = await stage.account();
    const { admin } = stage.client().auth;
    const forbidden = { status: 403, code: 'not_admin' };
    refused(await admin.listUsers(), forbidden);
    refused(await admin.createUser({ email: address() }), forbidden);
    refused(await admin.getUserById(user.id), forbidden);
    refused(await admin.inviteUserByEmail(address()), forbidden);
    refused(await admin.generateLink({ type: 'magiclink', email: address() }), forbidden);
  });

  test('opaque keys open what the signed ones open, and no more', async () => {
    const { publishable_key: open, secret_key: secret } = stage.server.announcement;
    assert.match(open, /^sb_publishable_/);
    assert.match(secret, /^sb_secret_/);
    const account = await stage.account();
    const { client } = await stage.signedIn(account, { key: open });
    assert.equal(accepted(await client.auth.getUser()).user.id, account.user.id);
    const visitor = stage.client({ key: open }).auth.admin;
    refused(await visitor.listUsers(), { status: 403, code: 'not_admin' });
    const { admin } = stage.client({ key: secret, persistSession: false }).auth;
    assert.equal(accepted(await admin.getUserById(account.user.id)).user.email, account.email);
  });

  test('a key that was never issued is refused everywhere', async () => {
    const { email } = await stage.account();
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const foreign = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ role: 'anon' })}.AAAA`;
    for (const key of [foreign, 'sb_publishable_not-issued', 'sb_secret_not-issued', 'nonsense']) {
      const { auth } = stage.client({ key });
      const unknown = { status: 401, code: 'no_authorization' };
      refused(await auth.signInWithPassword({ email, password: PASSWORD }), unknown);
      refused(await auth.admin.listUsers(), unknown);
    }
  });

  test('a request without any key is not an administrator', async () => {
    const response = await stage.request('GET', '/admin/users');
    assert.equal(response.status, 401);
    assert.equal((await response.json()).code, 'no_authorization');
    const { admin } = stage.client({ headers: { Authorization: 'Basic c2VydmljZTpyb2xl' } }).auth;
    refused(await admin.listUsers(), { status: 401, code: 'no_authorization' });
  });

  test('the service key is nobody', async () => {
    const result = await stage.client().auth.getUser(stage.server.serviceKey);
    refused(result, { status: 403, code: 'bad_jwt' });
  });
});

scenarios('invitations and links', 'confirm', (stage) => {
  test('an invited person arrives by the link and sets a password', async () => {
    const email = address('guest');
    const options = { data: { team: 'x' }, redirectTo: 'http://app.example.test/join' };
    const { user } = accepted(await stage.admin.inviteUserByEmail(email, options));
    assert.ok(user.invited_at);
    const mail = await stage.mailbox.next(email);
    assert.equal(mail.link.searchParams.get('type'), 'invite');
    const { location, fragment } = await stage.follow(mail.link);
    assert.equal(location.pathname, '/join');
    assert.equal(fragment.get('type'), 'invite');
    const { auth } = stage.client();
    const adopted = accepted(await auth.setSession(tokensOf(fragment)));
    assert.equal(adopted.user.id, user.id);
    assert.equal(adopted.user.user_metadata.team, 'x');
    accepted(await auth.updateUser({ password: PASSWORD }));
    await stage.signedIn({ email, password: PASSWORD });
    refused(await stage.admin.inviteUserByEmail(email), TAKEN);
  });

  test('an invited person arrives by the code', async () => {
    const email = address('guest');
    accepted(await stage.admin.inviteUserByEmail(email));
    const { code: token } = await stage.mailbox.next(email);
    const { auth } = stage.client();
    const { user } = accepted(await auth.verifyOtp({ email, token, type: 'invite' }));
    assert.ok(user.email_confirmed_at);
  });

  const KINDS = {
    signup: { fresh: true, password: PASSWORD, verification: 'signup' },
    invite: { fresh: true, verification: 'invite' },
    magiclink: { fresh: false, verification: 'magiclink' },
    recovery: { fresh: false, verification: 'recovery' },
  };
  for (const [type, { fresh, password, verification }] of Object.entries(KINDS)) {
    test(`a generated link of type ${type} works, and sends no mail`, async () => {
      const email = fresh ? address() : (await stage.account()).email;
      const redirectTo = 'http://app.example.test/made';
      const made = accepted(
        await stage.admin.generateLink({
          type,
          email,
          ...(password ? { password } : {}),
          options: { redirectTo },
        }),
      );
      assert.equal(made.user.email, email);
      assert.equal(made.properties.verification_type, verification);
      assert.equal(made.properties.redirect_to, redirectTo);
      assert.match(made.properties.email_otp, /^\d{6}$/);
      const link = new URL(made.properties.action_link);
      assert.equal(link.searchParams.get('token'), made.properties.hashed_token);
      const { location, fragment } = await stage.follow(link);
      assert.equal(location.pathname, '/made');
      const { auth } = stage.client();
      assert.equal(accepted(await auth.setSession(tokensOf(fragment))).user.id, made.user.id);
      await stage.mailsAreOut();
      assert.equal(stage.mailbox.unread(email), 0);
    });
  }

  test('a generated code and a generated hash work like the link', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client();
    const first = accepted(await stage.admin.generateLink({ type: 'magiclink', email }));
    const code = { email, token: first.properties.email_otp, type: 'email' };
    assert.equal(accepted(await auth.verifyOtp(code)).user.id, user.id);
    const second = accepted(await stage.admin.generateLink({ type: 'recovery', email }));
    const hash = { token_hash: second.properties.hashed_token, type: 'recovery' };
    assert.equal(accepted(await auth.verifyOtp(hash)).user.id, user.id);
  });

  test('generated links of both sides change an address', async () => {
    const { email, user } = await stage.account();
    const newEmail = address('fresh');
    const links = [];
    for (const type of ['email_change_current', 'email_change_new']) {
      const made = accepted(await stage.admin.generateLink({ type, email, newEmail }));
      assert.equal(made.properties.verification_type, type);
      links.push(made.properties);
    }
    const { auth } = stage.client();
    const current = { email, token: links[0].email_otp, type: 'email_change' };
    accepted(await auth.verifyOtp(current));
    const next = { email: newEmail, token: links[1].email_otp, type: 'email_change' };
    const changed = accepted(await auth.verifyOtp(next)).user;
    assert.deepEqual([changed.id, changed.email], [user.id, newEmail]);
  });

  test('a link that cannot be made says why', async () => {
    const { email } = await stage.account();
    const { admin } = stage;
    refused(await admin.generateLink({ type: 'recovery', email: address() }), NOBODY);
    refused(await admin.generateLink({ type: 'signup', email, password: PASSWORD }), TAKEN);
    const malformed = { status: 400, code: 'validation_failed' };
    refused(await admin.generateLink({ type: 'zzz', email }), malformed);
    refused(await admin.generateLink({ type: 'signup', email: address() }), malformed);
  });
});

scenarios('invitations while sign-up is off', 'invitation_only', (stage) => {
  test('only invited people come in', async () => {
    const email = address('guest');
    const { auth } = stage.client();
    const closed = { status: 422, code: 'signup_disabled' };
    refused(await auth.signUp({ email, password: PASSWORD }), closed);
    refused(await auth.signInWithOtp({ email }), closed);
    accepted(await stage.admin.inviteUserByEmail(email));
    const { code: token } = await stage.mailbox.next(email);
    accepted(await auth.verifyOtp({ email, token, type: 'invite' }));
  });
});
