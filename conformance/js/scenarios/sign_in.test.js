// Signing in with a password, a mailed code or link, a phone number, and without a name.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AuthClient } from '@supabase/auth-js';

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

const WRONG = { status: 400, code: 'invalid_credentials' };

scenarios('sign-in with a password', 'open', (stage) => {
  test('the right password signs in and tells the application', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client();
    const events = [];
    auth.onAuthStateChange((event) => void events.push(event));
    const attempt = await auth.signInWithPassword({ email, password: PASSWORD });
    const { session } = accepted(attempt);
    assert.equal(session.user.id, user.id);
    assert.ok(session.user.last_sign_in_at);
    assert.ok(events.includes('SIGNED_IN'), events.join());
    assert.equal(accepted(await auth.getUser()).user.email, email);
  });

  test('letters of an address may be of any case', async () => {
    const { email, user } = await stage.account();
    const again = await stage.signedIn({ email: email.toUpperCase(), password: PASSWORD });
    assert.equal(again.user.id, user.id);
  });

  test('a wrong password and an unknown address are told alike', async () => {
    const { email } = await stage.account();
    const { auth } = stage.client();
    const wrong = await auth.signInWithPassword({ email, password: OTHER_PASSWORD });
    const unknown = await auth.signInWithPassword({ email: address(), password: PASSWORD });
    assert.equal(refused(wrong, WRONG).message, 'Invalid login credentials');
    assert.equal(refused(unknown, WRONG).message, 'Invalid login credentials');
    assert.equal(accepted(await auth.getSession()).session, null);
  });

  test('an account without a password cannot be entered with any', async () => {
    const email = address();
    accepted(await stage.admin.createUser({ email, email_confirm: true }));
    const { auth } = stage.client();
    refused(await auth.signInWithPassword({ email, password: PASSWORD }), WRONG);
  });

  test('thirty wrong passwords for one account hinder nobody else', async () => {
    const [victim, other] = [await stage.account(), await stage.account()];
    const { auth } = stage.client();
    for (let attempt = 0; attempt < 30; attempt += 1) {
      refused(await auth.signInWithPassword({ email: victim.email, password: 'wrong-1' }), WRONG);
    }
    await stage.signedIn(other);
  });

  test('auth-js alone, without any API key, works as well', async () => {
    const { email, user } = await stage.account();
    const auth = new AuthClient({ url: stage.auth, autoRefreshToken: false });
    const { session } = accepted(await auth.signInWithPassword({ email, password: PASSWORD }));
    assert.equal(session.user.id, user.id);
    accepted(await auth.signOut());
    sessionMissing(await auth.getUser(session.access_token));
  });

  test('an error carries its code in both shapes of the API', async () => {
    const body = { email: address(), password: PASSWORD };
    const path = '/token?grant_type=password';
    const modern = await stage.request('POST', path, { body });
    assert.equal(modern.status, 400);
    assert.equal(modern.headers.get('x-supabase-api-version'), '2024-01-01');
    assert.equal(modern.headers.get('x-sb-error-code'), 'invalid_credentials');
    const shape = { code: 'invalid_credentials', message: 'Invalid login credentials' };
    assert.deepEqual(await modern.json(), shape);

    const headers = { 'X-Supabase-Api-Version': '' };
    const old = await stage.request('POST', path, { body, headers });
    assert.equal(old.headers.get('x-supabase-api-version'), null);
    const { code, error_code, msg } = await old.json();
    assert.deepEqual([code, error_code, msg], [400, shape.code, shape.message]);
  });
});

scenarios('sign-in under a password policy', 'strict', (stage) => {
  test('a password that fell below the policy still signs in, with a warning', async () => {
    const { email, password } = await stage.account({ password: 'abcdefghijkl' });
    const result = await stage.client().auth.signInWithPassword({ email, password });
    const { session, weakPassword: weak } = accepted(result);
    assert.ok(session);
    assert.deepEqual(weak.reasons, ['characters']);
    assert.ok(weak.message);
  });

  test('a new password must satisfy the policy, and each reason is named', async () => {
    const { auth } = stage.client();
    const weak = { name: 'AuthWeakPasswordError', status: 422, code: 'weak_password' };
    const cases = [
      ['abc', ['length', 'characters']],
      ['abcdefghijkl', ['characters']],
    ];
    for (const [password, reasons] of cases) {
      const result = await auth.signUp({ email: address(), password });
      assert.deepEqual(refused(result, weak).reasons, reasons);
    }
    accepted(await auth.signUp({ email: address(), password: 'Str0ngPassword' }));
  });
});

scenarios('sign-in by mail', 'confirm', (stage) => {
  test('a code makes an account for a new address and signs in', async () => {
    const email = address();
    const { auth } = stage.client();
    const options = { data: { name: 'New' } };
    accepted(await auth.signInWithOtp({ email, options }));
    const { code: token } = await stage.mailbox.next(email);
    const { user, session } = accepted(await auth.verifyOtp({ email, token, type: 'email' }));
    assert.equal(user.email, email);
    assert.equal(user.user_metadata.name, 'New');
    assert.deepEqual(decoded(session.access_token).claims.amr.map((a) => a.method), ['otp']);
  });

  test('without permission to create, an unknown address is refused', async () => {
    const options = { shouldCreateUser: false };
    const result = await stage.client().auth.signInWithOtp({ email: address(), options });
    refused(result, { status: 422, code: 'otp_disabled' });
  });

  test('without permission to create, a known address gets its code', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client();
    accepted(await auth.signInWithOtp({ email, options: { shouldCreateUser: false } }));
    const { code: token } = await stage.mailbox.next(email);
    const verified = accepted(await auth.verifyOtp({ email, token, type: 'email' }));
    assert.equal(verified.user.id, user.id);
  });

  test('a magic link signs in once, at the address that was asked for', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client();
    const emailRedirectTo = 'http://app.example.test/in';
    accepted(await auth.signInWithOtp({ email, options: { emailRedirectTo } }));
    const { link } = await stage.mailbox.next(email);
    assert.equal(link.searchParams.get('type'), 'magiclink');
    const { location, fragment } = await stage.follow(link);
    assert.equal(location.pathname, '/in');
    assert.equal(fragment.get('type'), 'magiclink');
    assert.ok(Number(fragment.get('expires_in')) > 0);
    assert.ok(Number(fragment.get('expires_at')) > Date.now() / 1000);
    const adopted = accepted(await auth.setSession(tokensOf(fragment)));
    assert.equal(adopted.user.id, user.id);
    const again = await stage.follow(link);
    assert.equal(again.fragment.get('error'), 'access_denied');
    assert.equal(again.fragment.get('error_code'), 'otp_expired');
    assert.ok(again.fragment.get('error_description'));
  });

  test('a magic link of a PKCE flow gives a code for the browser that asked', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client({ flowType: 'pkce' });
    accepted(await auth.signInWithOtp({ email }));
    const { query } = await stage.follow((await stage.mailbox.next(email)).link);
    const { session } = accepted(await auth.exchangeCodeForSession(query.get('code')));
    assert.equal(session.user.id, user.id);
    const { amr } = decoded(session.access_token).claims;
    assert.deepEqual(amr.map(({ method }) => method), ['magiclink']);
  });

  test('metadata sent with a code does not change an existing account', async () => {
    const { email } = await stage.account({ user_metadata: { name: 'Ada' } });
    const { auth } = stage.client();
    accepted(await auth.signInWithOtp({ email, options: { data: { name: 'Hacker' } } }));
    const { code: token } = await stage.mailbox.next(email);
    const { user } = accepted(await auth.verifyOtp({ email, token, type: 'email' }));
    assert.equal(user.user_metadata.name, 'Ada');
  });

  test('a newer code replaces the older one', async () => {
    const { email } = await stage.account();
    const { auth } = stage.client();
    accepted(await auth.signInWithOtp({ email }));
    const first = await stage.mailbox.next(email);
    accepted(await auth.signInWithOtp({ email }));
    const second = await stage.mailbox.next(email);
    const hash = (mail) => mail.link.searchParams.get('token');
    const stale = await auth.verifyOtp({ token_hash: hash(first), type: 'email' });
    refused(stale, { status: 403, code: 'otp_expired' });
    accepted(await auth.verifyOtp({ token_hash: hash(second), type: 'email' }));
  });
});

scenarios('mail limits', 'limited', (stage) => {
  test('a second mail within the minute is refused with the time to wait', async () => {
    const { email } = await stage.account();
    const waits = [];
    const watching = async (...request) => {
      const response = await fetch(...request);
      waits.push(response.headers.get('retry-after'));
      return response;
    };
    const { auth } = stage.client({ fetch: watching });
    accepted(await auth.signInWithOtp({ email }));
    const again = await auth.signInWithOtp({ email });
    const error = refused(again, { status: 429, code: 'over_email_send_rate_limit' });
    assert.match(error.message, /^For security purposes, .* after \d+ seconds\.$/);
    const seconds = Number(waits.at(-1));
    assert.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 60, `wait ${waits.at(-1)}`);
    accepted(await auth.signInWithOtp({ email: address() }));
  });
});

scenarios('sign-in by phone', 'confirm', (stage) => {
  test('a number with a configured code signs in without a message', async () => {
    const { auth } = stage.client();
    accepted(await auth.signInWithOtp({ phone: '+15555550100' }));
    const wrong = { phone: '+15555550100', token: '999999', type: 'sms' };
    refused(await auth.verifyOtp(wrong), { status: 403, code: 'otp_expired' });
    const { user, session } = accepted(await auth.verifyOtp({ ...wrong, token: '123456' }));
    assert.equal(user.phone, '15555550100');
    assert.ok(user.phone_confirmed_at);
    assert.equal(decoded(session.access_token).claims.phone, '15555550100');
  });

  test('a phone account confirms by code and then signs in by password', async () => {
    const { auth } = stage.client();
    const credentials = { phone: '15555550101', password: PASSWORD };
    assert.equal(accepted(await auth.signUp(credentials)).session, null);
    const early = await auth.signInWithPassword(credentials);
    refused(early, { status: 400, code: 'phone_not_confirmed' });
    accepted(await auth.resend({ type: 'sms', phone: '15555550101' }));
    const code = { phone: '15555550101', token: '654321', type: 'sms' };
    accepted(await auth.verifyOtp(code));
    assert.ok(accepted(await stage.client().auth.signInWithPassword(credentials)).session);
  });

  test('a phone number is added to an account by its code', async () => {
    const { client, user } = await stage.person();
    const pending = accepted(await client.auth.updateUser({ phone: '15555550102' }));
    assert.equal(pending.user.new_phone, '15555550102');
    assert.equal(pending.user.phone, '');
    const code = { phone: '15555550102', token: '112233', type: 'phone_change' };
    const verified = accepted(await client.auth.verifyOtp(code));
    assert.equal(verified.user.id, user.id);
    assert.equal(verified.user.phone, '15555550102');
    const providers = verified.user.identities.map(({ provider }) => provider);
    assert.deepEqual(providers.sort(), ['email', 'phone']);
  });
});

scenarios('anonymous sign-in', 'open', (stage) => {
  test('nobody becomes somebody with a session of their own', async () => {
    const { auth } = stage.client();
    const options = { data: { theme: 'dark' } };
    const { user, session } = accepted(await auth.signInAnonymously({ options }));
    assert.equal(user.is_anonymous, true);
    assert.equal(user.email, '');
    assert.equal(user.user_metadata.theme, 'dark');
    const { claims } = decoded(session.access_token);
    assert.equal(claims.is_anonymous, true);
    assert.equal(claims.role, 'authenticated');
    assert.deepEqual(claims.amr.map(({ method }) => method), ['anonymous']);
    const other = accepted(await stage.client().auth.signInAnonymously());
    assert.notEqual(other.user.id, user.id);
  });

  test('an anonymous user can have neither a password nor a second factor', async () => {
    const { auth } = stage.client();
    accepted(await auth.signInAnonymously());
    const password = await auth.updateUser({ password: PASSWORD });
    refused(password, { status: 422, code: 'validation_failed' });
    const factor = await auth.mfa.enroll({ factorType: 'totp' });
    refused(factor, { status: 403, code: 'no_authorization' });
  });

  test('an address and a password turn an anonymous user into a permanent one', async () => {
    const email = address();
    const { auth } = stage.client();
    const before = accepted(await auth.signInAnonymously()).user;
    const after = accepted(await auth.updateUser({ email })).user;
    assert.equal(after.id, before.id);
    assert.equal(after.email, email);
    assert.equal(after.is_anonymous, false);
    accepted(await auth.updateUser({ password: PASSWORD }));
    const { user } = await stage.signedIn({ email, password: PASSWORD });
    assert.equal(user.id, before.id);
    const { session } = accepted(await auth.refreshSession());
    assert.equal(decoded(session.access_token).claims.is_anonymous, false);
  });

  test('an anonymous user cannot take an address that has an owner', async () => {
    const { email } = await stage.account();
    const { auth } = stage.client();
    accepted(await auth.signInAnonymously());
    refused(await auth.updateUser({ email }), { status: 422, code: 'email_exists' });
  });
});

scenarios('anonymous sign-in, addresses to be confirmed', 'confirm', (stage) => {
  test('the conversion waits for the mailed code', async () => {
    const email = address();
    const { auth } = stage.client();
    const before = accepted(await auth.signInAnonymously()).user;
    const pending = accepted(await auth.updateUser({ email })).user;
    assert.equal(pending.new_email, email);
    assert.equal(pending.is_anonymous, true);
    const { code: token } = await stage.mailbox.next(email);
    const { user } = accepted(await auth.verifyOtp({ email, token, type: 'email_change' }));
    assert.equal(user.id, before.id);
    assert.equal(user.email, email);
    assert.equal(user.is_anonymous, false);
  });
});

scenarios('sign-in by what is not built or not enabled', 'open', (stage) => {
  test('single sign-on says that it is disabled', async () => {
    const result = await stage.client().auth.signInWithSSO({ domain: 'example.com' });
    refused(result, { status: 404, code: 'saml_provider_disabled' });
  });

  test('wallets say that they are disabled', async () => {
    const disabled = { status: 422, code: 'web3_provider_disabled' };
    const { auth } = stage.client();
    const message = 'example.com wants you to sign in';
    const ether = { chain: 'ethereum', message, signature: `0x${'00'.repeat(65)}` };
    refused(await auth.signInWithWeb3(ether), disabled);
    const sol = { chain: 'solana', message, signature: new Uint8Array(64) };
    refused(await auth.signInWithWeb3(sol), disabled);
  });

  test('passkeys say that they are disabled', async () => {
    const { client } = await stage.person();
    const disabled = { status: 404, code: 'passkey_disabled' };
    refused(await client.auth.passkey.startAuthentication(), disabled);
    refused(await client.auth.passkey.startRegistration(), disabled);
    refused(await client.auth.passkey.list(), disabled);
  });

  test('the OAuth server says that it is disabled', async () => {
    const { client } = await stage.person();
    const disabled = { status: 404, code: 'feature_disabled' };
    refused(await client.auth.oauth.listGrants(), disabled);
    refused(await stage.admin.oauth.listClients(), disabled);
  });

  test('factors of other kinds say that they are disabled', async () => {
    const { client } = await stage.person();
    const phone = await client.auth.mfa.enroll({ factorType: 'phone', phone: '15555550100' });
    refused(phone, { status: 422, code: 'mfa_phone_enroll_not_enabled' });
    const key = await client.auth.mfa.enroll({ factorType: 'webauthn', friendlyName: 'key' });
    refused(key, { status: 422, code: 'mfa_webauthn_enroll_not_enabled' });
  });
});
