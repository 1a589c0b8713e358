// Mailed links where the server asks before it spends them: mail scanners open every link.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  OTHER_PASSWORD,
  PASSWORD,
  accepted,
  address,
  arrival,
  refused,
  scenarios,
  tokensOf,
} from '../support/scenarios.js';

scenarios('links that ask first', 'asking_links', (stage) => {
  async function unconfirmed(options) {
    const email = address();
    const { auth } = stage.client(options);
    const { user } = accepted(await auth.signUp({ email, password: PASSWORD }));
    return { auth, email, user, link: (await stage.mailbox.next(email)).link };
  }

  test('opening a link spends nothing, pressing its button does, once', async () => {
    const { auth, email, user, link } = await unconfirmed();
    for (let scan = 0; scan < 3; scan += 1) await stage.page(link);
    const early = await auth.signInWithPassword({ email, password: PASSWORD });
    refused(early, { status: 400, code: 'email_not_confirmed' });

    const { location, fragment } = arrival(await stage.press(link));
    assert.equal(location.host, 'app.example.test');
    assert.equal(fragment.get('type'), 'signup');
    assert.equal(accepted(await auth.setSession(tokensOf(fragment))).user.id, user.id);
    await stage.signedIn({ email, password: PASSWORD });

    const again = arrival(await stage.press(link));
    assert.equal(again.fragment.get('error_code'), 'otp_expired');
    assert.equal(again.fragment.get('access_token'), null);
  });

  test('the page loads and runs nothing, and nobody keeps or frames it', async () => {
    const { link } = await unconfirmed();
    const { headers } = await stage.page(link);
    assert.match(headers.get('content-type'), /^text\/html/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    const policy = headers.get('content-security-policy').split('; ');
    assert.ok(policy.includes("default-src 'none'"), policy.join());
    assert.ok(policy.includes("frame-ancestors 'none'"), policy.join());
  });

  test('a form on another site presses no button', async () => {
    const { auth, email, link } = await unconfirmed();
    for (const site of ['cross-site', 'same-site', 'none']) {
      const response = await stage.press(link, { 'Sec-Fetch-Site': site });
      assert.equal(response.status, 200, site);
      assert.match(await response.text(), /<button type="submit">Confirm</);
    }
    const early = await auth.signInWithPassword({ email, password: PASSWORD });
    refused(early, { status: 400, code: 'email_not_confirmed' });
    const { fragment } = arrival(await stage.press(link, { 'Sec-Fetch-Site': 'same-origin' }));
    assert.ok(fragment.get('access_token'));
  });

  test('a link that never was shows the same page, and its button tells', async () => {
    const { link } = await unconfirmed();
    const known = await (await stage.page(link)).text();
    const token = link.searchParams.get('token');
    link.searchParams.set('token', 'invented');
    const invented = await (await stage.page(link)).text();
    assert.equal(invented.replace('invented', token), known);
    const { fragment } = arrival(await stage.press(link));
    assert.equal(fragment.get('error_code'), 'otp_expired');
  });

  test('what a link carries is shown as text, and leads nowhere that is not allowed', async () => {
    const { link } = await unconfirmed();
    const markup = '"><script>alert(1)</script>';
    link.searchParams.set('token', markup);
    link.searchParams.set('redirect_to', `https://evil.example.net/${markup}`);
    const html = await (await stage.page(link)).text();
    assert.ok(!html.includes('<script'), html);
    assert.ok(!html.includes('evil.example.net'), html);
    const { location } = arrival(await stage.press(link));
    assert.equal(location.host, 'app.example.test');
  });

  test('a link of a PKCE flow ends in a code for the same browser', async () => {
    const { auth, user, link } = await unconfirmed({ flowType: 'pkce' });
    const { query, fragment } = arrival(await stage.press(link));
    assert.equal(fragment.get('access_token'), null);
    const { session } = accepted(await auth.exchangeCodeForSession(query.get('code')));
    assert.equal(session.user.id, user.id);
  });

  test('a lost password is replaced behind the button', async () => {
    const { email, user } = await stage.account();
    const { auth } = stage.client();
    const redirectTo = 'http://app.example.test/reset';
    accepted(await auth.resetPasswordForEmail(email, { redirectTo }));
    const { link } = await stage.mailbox.next(email);
    const html = await (await stage.page(link)).text();
    assert.match(html, /<h1>Reset your password<\/h1>/);
    const { location, fragment } = arrival(await stage.press(link));
    assert.equal(location.pathname, '/reset');
    assert.equal(fragment.get('type'), 'recovery');
    assert.equal(accepted(await auth.setSession(tokensOf(fragment))).user.id, user.id);
    accepted(await auth.updateUser({ password: OTHER_PASSWORD }));
    await stage.signedIn({ email, password: OTHER_PASSWORD });
  });

  test('the buttons of both sides change an address', async () => {
    const { client, email, user } = await stage.person();
    const fresh = address('fresh');
    accepted(await client.auth.updateUser({ email: fresh }));
    const [current, next] = [await stage.mailbox.next(email), await stage.mailbox.next(fresh)];
    const half = arrival(await stage.press(current.link));
    assert.match(half.fragment.get('message'), /^Confirmation link accepted/);
    assert.equal(accepted(await client.auth.getUser()).user.email, email);
    const { fragment } = arrival(await stage.press(next.link));
    const adopted = accepted(await stage.client().auth.setSession(tokensOf(fragment)));
    assert.deepEqual([adopted.user.id, adopted.user.email], [user.id, fresh]);
  });

  test('an invited person and one with a magic link come in by the button', async () => {
    const invited = address('guest');
    accepted(await stage.admin.inviteUserByEmail(invited));
    const { email } = await stage.account();
    accepted(await stage.client().auth.signInWithOtp({ email }));
    for (const [to, heading] of [
      [invited, 'Accept your invitation'],
      [email, 'Sign in'],
    ]) {
      const { link } = await stage.mailbox.next(to);
      assert.ok((await (await stage.page(link)).text()).includes(`<h1>${heading}</h1>`));
      const { fragment } = arrival(await stage.press(link));
      const adopted = accepted(await stage.client().auth.setSession(tokensOf(fragment)));
      assert.equal(adopted.user.email, to);
    }
  });

  test('a code needs no button', async () => {
    const email = address();
    const { auth } = stage.client();
    accepted(await auth.signUp({ email, password: PASSWORD }));
    const { code: token } = await stage.mailbox.next(email);
    assert.ok(accepted(await auth.verifyOtp({ email, token, type: 'signup' })).session);
  });
});
