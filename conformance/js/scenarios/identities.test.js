// Identities of one person, and the start of a sign-in at a provider.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';

import { accepted, refused, scenarios } from '../support/scenarios.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

scenarios('sign-in at a provider', 'open', (stage) => {
  async function redirection(credentials, options) {
    const { auth } = stage.client(options);
    const { url } = accepted(await auth.signInWithOAuth(credentials));
    assert.ok(url.startsWith(`${stage.auth}/authorize?`), url);
    const response = await fetch(url, { redirect: 'manual' });
    return { sent: new URL(url).searchParams, response };
  }

  test('Google is asked with our registration, our callback and a fresh state', async () => {
    const states = [];
    for (let n = 0; n < 2; n += 1) {
      const { response } = await redirection({ provider: 'google' });
      assert.equal(response.status, 302);
      const target = new URL(response.headers.get('location'));
      assert.equal(target.origin + target.pathname, 'https://accounts.google.com/o/oauth2/v2/auth');
      const asked = target.searchParams;
      assert.equal(asked.get('client_id'), 'conformance-google-client');
      assert.equal(asked.get('redirect_uri'), 'http://auth.example.test/callback');
      assert.equal(asked.get('response_type'), 'code');
      assert.equal(asked.get('scope'), 'email profile');
      assert.match(asked.get('state'), UUID);
      states.push(asked.get('state'));
    }
    assert.notEqual(states[0], states[1]);
  });

  test('scopes and further parameters reach the provider, reserved ones do not', async () => {
    const options = {
      scopes: 'repo',
      queryParams: { login_hint: 'a@example.com', client_id: 'evil', state: 'evil' },
    };
    const { response } = await redirection({ provider: 'github', options });
    const target = new URL(response.headers.get('location'));
    assert.equal(target.origin + target.pathname, 'https://github.com/login/oauth/authorize');
    assert.equal(target.searchParams.get('scope'), 'user:email repo');
    assert.equal(target.searchParams.get('login_hint'), 'a@example.com');
    assert.equal(target.searchParams.get('client_id'), 'conformance-github-client');
    assert.match(target.searchParams.get('state'), UUID);
  });

  test('a PKCE challenge is taken by the server and stays there', async () => {
    const credentials = { provider: 'google' };
    const { sent, response } = await redirection(credentials, { flowType: 'pkce' });
    assert.equal(sent.get('code_challenge_method'), 's256');
    assert.ok(sent.get('code_challenge').length >= 43);
    assert.equal(response.status, 302);
    const target = new URL(response.headers.get('location'));
    assert.notEqual(target.searchParams.get('code_challenge'), sent.get('code_challenge'));
  });

  test('providers that are unknown or not enabled are refused', async () => {
    for (const provider of ['nope', 'discord', '']) {
      const { response } = await redirection({ provider });
      assert.equal(response.status, 400);
      const { error_code, msg } = await response.json();
      assert.equal(error_code, 'validation_failed');
      assert.match(msg, /^Unsupported provider: /);
    }
  });

  test('linking by hand is disabled unless configured', async () => {
    const { client, user } = await stage.person();
    const disabled = { status: 404, code: 'manual_linking_disabled' };
    refused(await client.auth.linkIdentity({ provider: 'github' }), disabled);
    refused(await client.auth.unlinkIdentity(user.identities[0]), disabled);
  });
});

scenarios('linking by hand', 'modern', (stage) => {
  test('a person lists the own identities', async () => {
    const { client, email, user } = await stage.person();
    const { identities } = accepted(await client.auth.getUserIdentities());
    assert.equal(identities.length, 1);
    assert.equal(identities[0].user_id, user.id);
    assert.equal(identities[0].identity_data.email, email);
    assert.match(identities[0].identity_id, UUID);
  });

  test('linking starts at the provider with a state of its own', async () => {
    const { client } = await stage.person();
    const options = { redirectTo: 'http://app.example.test/linked' };
    const { url } = accepted(await client.auth.linkIdentity({ provider: 'github', options }));
    const target = new URL(url);
    assert.equal(target.host, 'github.com');
    assert.match(target.searchParams.get('state'), UUID);
    const unknown = await client.auth.linkIdentity({ provider: 'nope' });
    refused(unknown, { status: 400, code: 'validation_failed' });
  });

  test('the last identity cannot be unlinked', async () => {
    const { client, user } = await stage.person();
    const result = await client.auth.unlinkIdentity(user.identities[0]);
    refused(result, { status: 422, code: 'single_identity_not_deletable' });
  });

  test('one of two identities can be unlinked, and only by its owner', async () => {
    const [owner, other] = [await stage.person(), await stage.person()];
    for (const { client } of [owner, other]) {
      const phone = `1555${randomInt(1_000_000, 9_999_999)}`;
      accepted(await client.auth.updateUser({ phone }));
    }
    const { identities } = accepted(await owner.client.auth.getUserIdentities());
    assert.deepEqual(identities.map(({ provider }) => provider).sort(), ['email', 'phone']);
    const phone = identities.find(({ provider }) => provider === 'phone');
    const foreign = await other.client.auth.unlinkIdentity(phone);
    refused(foreign, { status: 422, code: 'identity_not_found' });
    accepted(await owner.client.auth.unlinkIdentity(phone));
    const left = accepted(await owner.client.auth.getUserIdentities()).identities;
    assert.deepEqual(left.map(({ provider }) => provider), ['email']);
  });
});
