// Making an account: at once, after a confirmation by mail, and not at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  OTHER_PASSWORD,
  PASSWORD,
  accepted,
  address,
  decoded,
  refused,
  scenarios,
  tokensOf,
} from '../support/scenarios.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

scenarios('sign-up, confirmed at once', 'open', (stage) => {
  test('a sign-up with metadata gives a user and a session', async () => {
    const email = address();
    const { auth } = stage.client();
    const data = { name: 'Ada', n: 1, nested: { a: [1, null, true] } };
    const { user, session } = accepted(
      await auth.signUp({ email, password: PASSWORD, options: { data } }),
    );

    assert.match(user.id, UUID);
    assert.equal(user.email, email);
    assert.equal(user.aud, 'authenticated');
    assert.equal(user.role, 'authenticated');
    assert.equal(user.is_anonymous, false);
    assert.ok(user.email_confirmed_at);
    assert.deepEqual(user.app_metadata, { provider: 'email', providers: ['email'] });
    const stored = { ...data, sub: user.id, email, email_verified: true, phone_verified: false };
    assert.deepEqual(user.user_metadata, stored);
    assert.equal(user.identities.length, 1);
    assert.equal(user.identities[0].provider, 'email');
    assert.equal(user.identities[0].user_id, user.id);

    assert.equal(session.token_type, 'bearer');
    assert.equal(session.expires_in, 3600);
    const { claims } = decoded(session.access_token);
    assert.equal(claims.exp, session.expires_at);
    assert.equal(claims.exp - claims.iat, 3600);
    assert.equal(claims.sub, user.id);
    assert.equal(claims.iss, 'http://auth.example.test/auth/v1');
    assert.equal(claims.aal, 'aal1');
    assert.deepEqual(claims.amr.map(({ method }) => method), ['password']);
    assert.match(claims.session_id, UUID);
    assert.deepEqual(claims.user_metadata, stored);

    const seen = accepted(await auth.getUser()).user;
    assert.equal(seen.id, user.id);
    assert.deepEqual(seen.user_metadata, stored);
  });

  test('the same address in other letters is refused as taken', async () => {
    const { email } = await stage.account();
    const taken = { status: 422, code: 'user_already_exists' };
    const again = { email: email.toUpperCase(), password: OTHER_PASSWORD };
    const error = refused(await stage.client().auth.signUp(again), taken);
    assert.equal(error.message, 'User already registered');
  });

  test('a short password is refused with its reason', async () => {
    const result = await stage.client().auth.signUp({ email: address(), password: 'abc' });
    const expected = { name: 'AuthWeakPasswordError', status: 422, code: 'weak_password' };
    assert.deepEqual(refused(result, expected).reasons, ['length']);
  });

  test('a password beyond 72 bytes is refused, never cut', async () => {
    const tooLong = { status: 400, code: 'validation_failed' };
    const email = address();
    refused(await stage.client().auth.signUp({ email, password: 'a'.repeat(73) }), tooLong);
    accepted(await stage.client().auth.signUp({ email, password: 'a'.repeat(72) }));
  });

  test('what is not an address is refused', async () => {
    const odd = ['notanemail', 'a b@example.com', 'Bob <bob@example.com>', 'a@example.com.'];
    for (const email of [...odd, ' lead@example.com', `${'a'.repeat(260)}@example.com`]) {
      const result = await stage.client().auth.signUp({ email, password: PASSWORD });
      refused(result, { status: 400, code: 'validation_failed' });
    }
  });

  test('unusual but correct addresses sign up and sign in', async () => {
    const suffix = address('x').slice(2);
    for (const email of [`o'brien.${suffix}`, `a+b.${suffix}`, `${suffix.slice(0, 12)}@x`]) {
      accepted(await stage.client().auth.signUp({ email, password: PASSWORD }));
      const { user } = await stage.signedIn({ email, password: PASSWORD });
      assert.equal(user.email, email);
    }
  });

  test('names and passwords of all languages survive unchanged', async () => {
    const email = address();
    const password = 'пароль-密码-🔑';
    const data = { full_name: "Seán O'Brien 李明 👩‍🚀", markup: '<b>&"\u2028</b>', rtl: 'שלום' };
    accepted(await stage.client().auth.signUp({ email, password, options: { data } }));

    const { user, session } = await stage.signedIn({ email, password });
    const { claims } = decoded(session.access_token);
    for (const [key, value] of Object.entries(data)) {
      assert.equal(user.user_metadata[key], value);
      assert.equal(claims.user_metadata[key], value);
    }
  });

  test('a phone number and a password make an account', async () => {
    const number = `1555${Date.now().toString().slice(-7)}`;
    const { auth } = stage.client();
    const { user, session } = accepted(
      await auth.signUp({ phone: `+${number}`, password: PASSWORD }),
    );
    assert.equal(user.phone, number);
    assert.ok(session);
    const credentials = { phone: number, password: PASSWORD };
    const again = accepted(await stage.client().auth.signInWithPassword(credentials));
    assert.equal(again.user.id, user.id);
    assert.deepEqual(again.user.app_metadata, { provider: 'phone', providers: ['phone'] });
  });

  test('a person cannot choose a role at the sign-up', async () => {
    const email = address();
    const body = { email, password: PASSWORD, role: 'service_role', app_metadata: { admin: true } };
    const response = await stage.request('POST', '/signup', {
      body: { ...body, data: { role: 'service_role' } },
    });
    assert.equal(response.status, 200);
    const { access_token: token, user } = await response.json();
    assert.equal(decoded(token).claims.role, 'authenticated');
    assert.deepEqual(user.app_metadata, { provider: 'email', providers: ['email'] });
    const list = await stage.request('GET', '/admin/users', { token });
    assert.equal(list.status, 403);
  });

  test('fifty sign-ups of one address at once make one user', async () => {
    const email = address('race');
    // Fifty hashes take a second or two of the five for which a password may wait.
    const attempts = Array.from({ length: 50 }, () =>
      stage.client().auth.signUp({ email, password: PASSWORD }),
    );
    const results = await Promise.all(attempts);
    const winners = results.filter(({ error }) => error === null);
    assert.equal(winners.length, 1);
    for (const result of results.filter(({ error }) => error)) {
      refused(result, { status: 422, code: 'user_already_exists' });
    }
    const { user } = await stage.signedIn({ email, password: PASSWORD });
    assert.equal(user.id, winners[0].data.user.id);
  });
});

scenarios('sign-up, confirmed by mail', 'confirm', (stage) => {
  async function unconfirmed(options, attributes = {}) {
    const email = address();
    const client = stage.client(options);
    const result = await client.auth.signUp({ email, password: PASSWORD, ...attributes });
    return { client, email, ...accepted(result) };
  }

  test('a sign-up gives a user without a session, who cannot sign in yet', async () => {
    const { client, email, user, session } = await unconfirmed();
    assert.equal(session, null);
    assert.equal(user.email, email);
    assert.equal(user.email_confirmed_at, undefined);
    assert.ok(user.confirmation_sent_at);
    const attempt = await client.auth.signInWithPassword({ email, password: PASSWORD });
    refused(attempt, { status: 400, code: 'email_not_confirmed' });
    const wrong = await client.auth.signInWithPassword({ email, password: OTHER_PASSWORD });
    refused(wrong, { status: 400, code: 'invalid_credentials' });
  });

  test('the mailed link confirms once and hands over a session', async () => {
    const { client, email, user } = await unconfirmed();
    const mail = await stage.mailbox.next(email);
    assert.equal(mail.link.searchParams.get('type'), 'signup');

    const { location, fragment } = await stage.follow(mail.link);
    assert.equal(location.host, 'app.example.test');
    assert.equal(fragment.get('type'), 'signup');
    assert.equal(fragment.get('token_type'), 'bearer');
    const adopted = accepted(await client.auth.setSession(tokensOf(fragment)));
    assert.equal(adopted.user.id, user.id);
    assert.ok(adopted.user.email_confirmed_at);
    await stage.signedIn({ email, password: PASSWORD });

    const again = await stage.follow(mail.link);
    assert.equal(again.fragment.get('error_code'), 'otp_expired');
    assert.equal(again.fragment.get('access_token'), null);
  });

  for (const type of ['email', 'signup']) {
    test(`the mailed code confirms as type ${type}`, async () => {
      const { client, email, user } = await unconfirmed();
      const { code: token } = await stage.mailbox.next(email);
      const verified = accepted(await client.auth.verifyOtp({ email, token, type }));
      assert.equal(verified.user.id, user.id);
      assert.ok(verified.session.access_token);
      assert.equal(accepted(await client.auth.getUser()).user.email, email);
      const again = await client.auth.verifyOtp({ email, token, type });
      refused(again, { status: 403, code: 'otp_expired' });
    });
  }

  test('the mailed token hash confirms without the address', async () => {
    const { client, email, user } = await unconfirmed();
    const { link } = await stage.mailbox.next(email);
    const token_hash = link.searchParams.get('token');
    const verified = accepted(await client.auth.verifyOtp({ token_hash, type: 'email' }));
    assert.equal(verified.user.id, user.id);
    assert.ok(verified.session);
  });

  test('a wrong code confirms nothing', async () => {
    const { client, email } = await unconfirmed();
    const { code } = await stage.mailbox.next(email);
    const token = code === '000000' ? '000001' : '000000';
    const attempt = await client.auth.verifyOtp({ email, token, type: 'email' });
    refused(attempt, { status: 403, code: 'otp_expired' });
    const early = await client.auth.signInWithPassword({ email, password: PASSWORD });
    refused(early, { status: 400, code: 'email_not_confirmed' });
    accepted(await client.auth.verifyOtp({ email, token: code, type: 'email' }));
  });

  test('the address of a confirmed account gets a made-up user and no mail', async () => {
    const { email, user } = await stage.account();
    const data = { name: 'Mallory' };
    const credentials = { email, password: OTHER_PASSWORD, options: { data } };
    const copy = accepted(await stage.client().auth.signUp(credentials));
    assert.equal(copy.session, null);
    assert.equal(copy.user.email, email);
    assert.notEqual(copy.user.id, user.id);
    assert.deepEqual(copy.user.identities, []);
    await stage.mailsAreOut();
    assert.equal(stage.mailbox.unread(email), 0);
    await stage.signedIn({ email, password: PASSWORD });
  });

  test('a repeated sign-up mails again, keeps the password and kills the first link', async () => {
    const { client, email } = await unconfirmed();
    const first = await stage.mailbox.next(email);
    accepted(await client.auth.signUp({ email, password: OTHER_PASSWORD }));
    const second = await stage.mailbox.next(email);
    const dead = await stage.follow(first.link);
    assert.equal(dead.fragment.get('error_code'), 'otp_expired');
    const alive = await stage.follow(second.link);
    assert.ok(alive.fragment.get('access_token'));
    await stage.signedIn({ email, password: PASSWORD });
    const other = await client.auth.signInWithPassword({ email, password: OTHER_PASSWORD });
    refused(other, { status: 400, code: 'invalid_credentials' });
  });

  test('resend replaces the confirmation, and tells nothing about other addresses', async () => {
    const { client, email } = await unconfirmed();
    const first = await stage.mailbox.next(email);
    accepted(await client.auth.resend({ type: 'signup', email }));
    const second = await stage.mailbox.next(email);
    // By their hashes: two codes of six digits may be equal.
    const stale = { token_hash: first.link.searchParams.get('token'), type: 'signup' };
    refused(await client.auth.verifyOtp(stale), { status: 403, code: 'otp_expired' });
    accepted(await client.auth.verifyOtp({ email, token: second.code, type: 'signup' }));

    const nobody = address('nobody');
    accepted(await client.auth.resend({ type: 'signup', email: nobody }));
    accepted(await client.auth.resend({ type: 'signup', email }));
    await stage.mailsAreOut();
    assert.equal(stage.mailbox.unread(nobody), 0);
    assert.equal(stage.mailbox.unread(email), 0);
  });

  test('the redirect target is carried through when allowed, and replaced otherwise', async () => {
    const cases = [
      ['http://app.example.test/welcome?x=1', 'http://app.example.test/welcome?x=1'],
      ['com.example.app://callback', 'com.example.app://callback'],
      ['https://evil.example.net/x', 'http://app.example.test/'],
    ];
    for (const [emailRedirectTo, arrival] of cases) {
      const { email } = await unconfirmed({}, { options: { emailRedirectTo } });
      const { location } = await stage.follow((await stage.mailbox.next(email)).link);
      location.hash = '';
      assert.equal(location.href, new URL(arrival).href);
    }
  });

  test('a sign-up with PKCE gives a code that only the same browser exchanges, once', async () => {
    const { client, email, user } = await unconfirmed({ flowType: 'pkce' });
    const { link } = await stage.mailbox.next(email);
    assert.match(link.searchParams.get('token'), /^pkce_/);
    const { query, fragment } = await stage.follow(link);
    const code = query.get('code');
    assert.match(code, UUID);
    assert.equal(fragment.get('access_token'), null);

    const thief = stage.client({ flowType: 'pkce' });
    accepted(await thief.auth.signUp({ email: address(), password: PASSWORD }));
    const stolen = await thief.auth.exchangeCodeForSession(code);
    refused(stolen, { status: 400, code: 'bad_code_verifier' });

    const { session } = accepted(await client.auth.exchangeCodeForSession(code));
    assert.equal(session.user.id, user.id);
    accepted(await client.auth.signInWithOtp({ email }));
    const spent = await client.auth.exchangeCodeForSession(code);
    refused(spent, { status: 404, code: 'flow_state_not_found' });
  });

  test('ten presentations of one code at once give one session', async () => {
    const { email } = await unconfirmed();
    const { code: token } = await stage.mailbox.next(email);
    const attempts = Array.from({ length: 10 }, () =>
      stage.client().auth.verifyOtp({ email, token, type: 'email' }),
    );
    const results = await Promise.all(attempts);
    assert.equal(results.filter(({ error }) => error === null).length, 1);
    for (const result of results.filter(({ error }) => error)) {
      refused(result, { status: 403, code: 'otp_expired' });
    }
  });

  test('a mail has text and HTML parts, and its link comes from the settings alone', async () => {
    const headers = {
      'X-Forwarded-Host': 'evil.example.net',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=evil.example.net;proto=https',
    };
    const { email } = await unconfirmed({ headers });
    const mail = await stage.mailbox.next(email);
    assert.equal(mail.from.address, 'auth@example.test');
    assert.equal(mail.from.name, 'Example');
    assert.equal(mail.link.origin, 'http://auth.example.test');
    assert.ok(mail.text.includes(mail.link.searchParams.get('token')), mail.text);
    assert.ok(!`${mail.html}${mail.text}`.includes('evil.example.net'));
  });
});

scenarios('sign-up, switched off', 'locked', (stage) => {
  test('nobody can sign up', async () => {
    const result = await stage.client().auth.signUp({ email: address(), password: PASSWORD });
    refused(result, { status: 422, code: 'signup_disabled' });
  });

  test('nobody can be anonymous', async () => {
    const disabled = { status: 422, code: 'anonymous_provider_disabled' };
    refused(await stage.client().auth.signInAnonymously(), disabled);
  });

  test('no password signs in', async () => {
    const { auth } = stage.client();
    const { email, password } = await stage.account();
    const byEmail = await auth.signInWithPassword({ email, password });
    refused(byEmail, { status: 422, code: 'email_provider_disabled' });
    const byPhone = await auth.signInWithPassword({ phone: '15555550199', password });
    refused(byPhone, { status: 422, code: 'phone_provider_disabled' });
  });

  test('the public settings say so', async () => {
    const settings = await (await stage.request('GET', '/settings')).json();
    assert.equal(settings.disable_signup, true);
    assert.equal(settings.external.email, false);
    assert.equal(settings.external.anonymous_users, false);
    assert.equal(settings.external.google, true);
  });
});
