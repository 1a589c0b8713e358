// Changing the own account: metadata, password, address, and recovery of a lost password.

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
  sessionMissing,
  tokensOf,
} from '../support/scenarios.js';

const WRONG = { status: 400, code: 'invalid_credentials' };
const EXPIRED = { status: 403, code: 'otp_expired' };

scenarios('the own account', 'open', (stage) => {
  test('metadata is merged, null removes a key, and a renewed token shows it', async () => {
    const { client } = await stage.person({ user_metadata: { name: 'Ada', drop: 'me', keep: 1 } });
    const events = [];
    client.auth.onAuthStateChange((event) => void events.push(event));
    const change = { name: 'Ada L', drop: null, extra: [1, { two: 2 }] };
    const { user } = accepted(await client.auth.updateUser({ data: change }));
    assert.equal(user.user_metadata.name, 'Ada L');
    assert.equal(user.user_metadata.keep, 1);
    assert.deepEqual(user.user_metadata.extra, [1, { two: 2 }]);
    assert.ok(!('drop' in user.user_metadata));
    assert.ok(events.includes('USER_UPDATED'), events.join());
    const { session } = accepted(await client.auth.refreshSession());
    assert.equal(decoded(session.access_token).claims.user_metadata.name, 'Ada L');
    assert.ok(!('drop' in accepted(await client.auth.getUser()).user.user_metadata));
  });

  test('what only the application may write is refused', async () => {
    const { client } = await stage.person();
    const result = await client.auth.updateUser({ app_metadata: { role: 'admin' } });
    refused(result, { status: 403, code: 'not_admin' });
    const { user } = accepted(await client.auth.updateUser({ role: 'service_role' }));
    assert.equal(user.role, 'authenticated');
    const { session } = accepted(await client.auth.refreshSession());
    assert.equal(decoded(session.access_token).claims.role, 'authenticated');
  });

  test('a new password must be new, and strong enough', async () => {
    const { client } = await stage.person();
    const same = await client.auth.updateUser({ password: PASSWORD });
    refused(same, { status: 422, code: 'same_password' });
    const weak = { name: 'AuthWeakPasswordError', status: 422, code: 'weak_password' };
    const error = refused(await client.auth.updateUser({ password: 'abc' }), weak);
    assert.deepEqual(error.reasons, ['length']);
  });

  test('a new password ends the other sessions and replaces the old one', async () => {
    const account = await stage.account();
    const [here, there] = [await stage.signedIn(account), await stage.signedIn(account)];
    accepted(await here.client.auth.updateUser({ password: OTHER_PASSWORD }));
    accepted(await here.client.auth.getUser());
    sessionMissing(await stage.client().auth.getUser(there.session.access_token));
    const { refresh_token } = there.session;
    const late = await stage.client().auth.refreshSession({ refresh_token });
    refused(late, { status: 400, code: 'refresh_token_not_found' });
    const { email } = account;
    const old = await stage.client().auth.signInWithPassword({ email, password: PASSWORD });
    refused(old, WRONG);
    await stage.signedIn({ email, password: OTHER_PASSWORD });
  });

  test('an address of somebody else cannot be taken', async () => {
    const [{ client }, { email }] = [await stage.person(), await stage.account()];
    const taken = await client.auth.updateUser({ email });
    refused(taken, { status: 422, code: 'email_exists' });
    const odd = await client.auth.updateUser({ email: 'nope' });
    refused(odd, { status: 400, code: 'validation_failed' });
  });

  test('a client without a session asks the server for nothing', async () => {
    const { auth } = stage.client({ fetch: () => assert.fail('no request is needed') });
    sessionMissing(await auth.updateUser({ data: {} }));
    sessionMissing(await auth.getUser());
  });
});

scenarios('a password that needs the current one', 'strict', (stage) => {
  const STRONG = { password: 'Str0ngPassword' };

  test('the current password must come along, and be right', async () => {
    const { client, email } = await stage.person(STRONG);
    const password = 'N3wPassword!!';
    const missing = await client.auth.updateUser({ password });
    refused(missing, { status: 400, code: 'current_password_required' });
    const wrong = await client.auth.updateUser({ password, current_password: 'wrong' });
    refused(wrong, { status: 400, code: 'current_password_invalid' });
    accepted(await client.auth.updateUser({ password, current_password: STRONG.password }));
    await stage.signedIn({ email, password });
  });

  test('a recovered session needs no current password', async () => {
    const { email } = await stage.account(STRONG);
    const { auth } = stage.client();
    accepted(await auth.resetPasswordForEmail(email));
    const { code: token } = await stage.mailbox.next(email);
    accepted(await auth.verifyOtp({ email, token, type: 'recovery' }));
    accepted(await auth.updateUser({ password: 'N3wPassword!!' }));
    await stage.signedIn({ email, password: 'N3wPassword!!' });
  });

  test('whoever may have signed in long ago needs a mailed code, which works once', async () => {
    const { email, user } = await stage.account(STRONG);
    const { auth } = stage.client();
    // A token that the application made itself names no session, so its sign-in has no known age.
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const claims = { sub: user.id, aud: 'authenticated', role: 'authenticated', exp };
    const tokens = { access_token: stage.server.signed(claims), refresh_token: 'none' };
    assert.equal(accepted(await auth.setSession(tokens)).user.id, user.id);

    const change = { password: 'N3wPassword!!', current_password: STRONG.password };
    const needed = { status: 400, code: 'reauthentication_needed' };
    const invalid = { status: 422, code: 'reauthentication_not_valid' };
    refused(await auth.updateUser(change), needed);
    accepted(await auth.reauthenticate());
    const { code: nonce } = await stage.mailbox.next(email);
    const wrong = nonce === '000000' ? '000001' : '000000';
    refused(await auth.updateUser({ ...change, nonce: wrong }), invalid);
    await stage.signedIn({ email, password: STRONG.password });
    accepted(await auth.updateUser({ ...change, nonce }));
    await stage.signedIn({ email, password: change.password });
    const again = { password: 'An0therPassword', current_password: change.password };
    refused(await auth.updateUser({ ...again, nonce }), invalid);
    await stage.signedIn({ email, password: change.password });
  });

  test('a client without a session is not asked to authenticate again', async () => {
    sessionMissing(await stage.client().auth.reauthenticate());
  });
});

scenarios('a new address, confirmed on both sides', 'confirm', (stage) => {
  async function changing(options) {
    const { client, email, user } = await stage.person({}, options);
    const fresh = address('fresh');
    const pending = accepted(await client.auth.updateUser({ email: fresh })).user;
    assert.equal(pending.email, email);
    assert.equal(pending.new_email, fresh);
    const mails = [await stage.mailbox.next(email), await stage.mailbox.next(fresh)];
    return { client, email, fresh, user, mails };
  }

  test('the two links, in either order, change the address', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { client, email, fresh, user, mails } = await changing();
      const [first, second] = order.map((n) => mails[n].link);
      assert.equal(first.searchParams.get('type'), 'email_change');
      const half = await stage.follow(first);
      assert.match(half.fragment.get('message'), /^Confirmation link accepted/);
      assert.equal(half.fragment.get('access_token'), null);
      assert.equal(accepted(await client.auth.getUser()).user.email, email);
      const whole = await stage.follow(second);
      const adopted = accepted(await stage.client().auth.setSession(tokensOf(whole.fragment)));
      assert.equal(adopted.user.id, user.id);
      assert.equal(adopted.user.email, fresh);
      assert.equal(adopted.user.new_email, undefined);
      await stage.signedIn({ email: fresh, password: PASSWORD });
      const old = await stage.client().auth.signInWithPassword({ email, password: PASSWORD });
      refused(old, WRONG);
    }
  });

  test('the two codes change the address', async () => {
    const { client, email, fresh, mails } = await changing();
    const current = { email, token: mails[0].code, type: 'email_change' };
    assert.deepEqual(accepted(await client.auth.verifyOtp(current)), { user: null, session: null });
    const next = { email: fresh, token: mails[1].code, type: 'email_change' };
    const { user, session } = accepted(await client.auth.verifyOtp(next));
    assert.equal(user.email, fresh);
    assert.ok(session);
  });

  test('one side alone, twice, changes nothing', async () => {
    const { client, email, mails } = await changing();
    await stage.follow(mails[1].link);
    const again = await stage.follow(mails[1].link);
    assert.equal(again.fragment.get('error_code'), 'otp_expired');
    assert.equal(accepted(await client.auth.getUser()).user.email, email);
  });

  test('resend mails both sides again', async () => {
    const { client, email, fresh, mails } = await changing();
    accepted(await client.auth.resend({ type: 'email_change', email }));
    const again = [await stage.mailbox.next(email), await stage.mailbox.next(fresh)];
    for (const n of [0, 1]) {
      assert.notEqual(mails[n].link.href, again[n].link.href);
    }
    const dead = await stage.follow(mails[0].link);
    assert.equal(dead.fragment.get('error_code'), 'otp_expired');
    await stage.follow(again[0].link);
    const { fragment } = await stage.follow(again[1].link);
    assert.ok(fragment.get('access_token'));
  });

  test('a PKCE flow ends in a code', async () => {
    const { client, fresh, mails } = await changing({ flowType: 'pkce' });
    const half = await stage.follow(mails[0].link);
    assert.match(half.query.get('message'), /^Confirmation link accepted/);
    const { query } = await stage.follow(mails[1].link);
    const { session } = accepted(await client.auth.exchangeCodeForSession(query.get('code')));
    assert.equal(session.user.email, fresh);
  });
});

scenarios('a new address, confirmed on the new side only', 'modern', (stage) => {
  test('one mail, to the new address, changes it', async () => {
    const { client, email, user } = await stage.person();
    const fresh = address('fresh');
    const pending = accepted(await client.auth.updateUser({ email: fresh })).user;
    assert.equal(pending.new_email, fresh);
    const { code: token } = await stage.mailbox.next(fresh);
    await stage.mailsAreOut();
    assert.equal(stage.mailbox.unread(email), 0);
    const code = { email: fresh, token, type: 'email_change' };
    const verified = accepted(await client.auth.verifyOtp(code));
    assert.equal(verified.user.id, user.id);
    assert.equal(verified.user.email, fresh);
  });
});

scenarios('a lost password', 'confirm', (stage) => {
  test('the mailed link leads to a new password', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client();
    const redirectTo = 'http://app.example.test/reset';
    accepted(await auth.resetPasswordForEmail(email.toUpperCase(), { redirectTo }));
    const { link } = await stage.mailbox.next(email);
    assert.equal(link.searchParams.get('type'), 'recovery');
    const { location, fragment } = await stage.follow(link);
    assert.equal(location.pathname, '/reset');
    assert.equal(fragment.get('type'), 'recovery');
    assert.equal(accepted(await auth.setSession(tokensOf(fragment))).user.id, user.id);
    accepted(await auth.updateUser({ password: OTHER_PASSWORD }));
    await stage.signedIn({ email, password: OTHER_PASSWORD });
    const again = await stage.follow(link);
    assert.equal(again.fragment.get('error_code'), 'otp_expired');
  });

  test('a PKCE flow tells the application that it is a recovery', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client({ flowType: 'pkce' });
    const events = [];
    auth.onAuthStateChange((event) => void events.push(event));
    accepted(await auth.resetPasswordForEmail(email));
    const { query } = await stage.follow((await stage.mailbox.next(email)).link);
    const result = accepted(await auth.exchangeCodeForSession(query.get('code')));
    assert.equal(result.redirectType, 'recovery');
    assert.equal(result.session.user.id, user.id);
    assert.ok(events.includes('PASSWORD_RECOVERY'), events.join());
    accepted(await auth.updateUser({ password: OTHER_PASSWORD }));
  });

  test('the mailed code does the same, once', async () => {
    const { email } = await stage.account();
    const { auth } = stage.client();
    accepted(await auth.resetPasswordForEmail(email));
    const { code: token } = await stage.mailbox.next(email);
    accepted(await auth.verifyOtp({ email, token, type: 'recovery' }));
    refused(await auth.verifyOtp({ email, token, type: 'recovery' }), EXPIRED);
  });

  test('a code is good for its own purpose and its own person only', async () => {
    const [{ email }, other] = [await stage.account(), await stage.account()];
    const { auth } = stage.client();
    accepted(await auth.resetPasswordForEmail(email));
    const { code: token } = await stage.mailbox.next(email);
    refused(await auth.verifyOtp({ email, token, type: 'signup' }), EXPIRED);
    refused(await auth.verifyOtp({ email: other.email, token, type: 'recovery' }), EXPIRED);
    accepted(await auth.verifyOtp({ email, token, type: 'recovery' }));
  });

  test('an unknown address is answered alike and gets no mail', async () => {
    const nobody = address('nobody');
    assert.deepEqual(accepted(await stage.client().auth.resetPasswordForEmail(nobody)), {});
    await stage.mailsAreOut();
    assert.equal(stage.mailbox.unread(nobody), 0);
  });

  test('a link that never was is told in the fragment', async () => {
    const link = new URL('http://auth.example.test/verify?token=abc&type=recovery');
    const { location, fragment } = await stage.follow(link);
    assert.equal(location.origin, 'http://app.example.test');
    assert.equal(fragment.get('error'), 'access_denied');
    assert.equal(fragment.get('error_code'), 'otp_expired');
  });
});
