// Staying signed in: tokens, their renewal, several tabs and devices, and signing out.

import assert from 'node:assert/strict';
import { createHmac, createPublicKey } from 'node:crypto';
import { test } from 'node:test';

import {
  OTHER_PASSWORD,
  PASSWORD,
  accepted,
  decoded,
  memory,
  refused,
  scenarios,
  sessionMissing,
} from '../support/scenarios.js';
import { eventually } from '../support/waiting.js';

const SPENT = { status: 400, code: 'refresh_token_already_used' };
const UNKNOWN = { status: 400, code: 'refresh_token_not_found' };

/** What the client tells a new listener first. */
async function initialSession(client) {
  const told = [];
  client.auth.onAuthStateChange((event, session) => {
    if (event === 'INITIAL_SESSION') told.push({ session });
  });
  return (await eventually('the initial session', () => told.at(0))).session;
}

scenarios('tokens of an asymmetric key', 'modern', (stage) => {
  function counting(requests) {
    return async (input, init) => {
      requests.push(new URL(input).pathname.replace('/auth/v1', ''));
      return fetch(input, init);
    };
  }

  test('claims are verified locally, with one look at the key set', async () => {
    const requests = [];
    // Clients with one storage key share what they know of the key set.
    const options = { fetch: counting(requests), storageKey: `looks-for-itself-${stage.engine}` };
    const { client, user } = await stage.person({}, options);
    requests.length = 0;
    const { claims, header } = accepted(await client.auth.getClaims());
    assert.equal(header.alg, 'ES256');
    assert.match(header.kid, /^conformance-/);
    assert.equal(claims.sub, user.id);
    assert.deepEqual(requests, ['/.well-known/jwks.json']);
    accepted(await client.auth.getClaims());
    assert.deepEqual(requests, ['/.well-known/jwks.json']);
  });

  test('a token changed by one letter is not verified', async () => {
    const { client, session } = await stage.person();
    const [header, payload, signature] = session.access_token.split('.');
    const claims = { ...decoded(session.access_token).claims, role: 'service_role' };
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    assert.notEqual(forged, payload);
    const result = await client.auth.getClaims(`${header}.${forged}.${signature}`);
    assert.equal(result.error?.name, 'AuthInvalidJwtError');
  });

  test('the key set shows the public half only, and may be kept for ten minutes', async () => {
    const response = await stage.request('GET', '/.well-known/jwks.json');
    assert.equal(response.headers.get('cache-control'), 'public, max-age=600');
    const { keys } = await response.json();
    const signing = keys.find(({ kid }) => kid.startsWith('conformance-'));
    assert.deepEqual(Object.keys(signing).sort(), [
      'alg',
      'crv',
      'key_ops',
      'kid',
      'kty',
      'use',
      'x',
      'y',
    ]);
    assert.deepEqual([signing.alg, signing.use, signing.key_ops], ['ES256', 'sig', ['verify']]);
    assert.ok(!JSON.stringify(keys).includes('"d"'));
  });

  test('tokens without a signature, or signed with the public key, are refused', async () => {
    const { session } = await stage.person();
    const { claims } = decoded(session.access_token);
    const { keys } = await (await stage.request('GET', '/.well-known/jwks.json')).json();
    const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({
      format: 'pem',
      type: 'spki',
    });
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`;
    const confused = `${encode({ alg: 'HS256', kid: keys[0].kid })}.${encode(claims)}`;
    const signature = createHmac('sha256', pem).update(confused).digest('base64url');
    const { auth } = stage.client();
    for (const token of [unsigned, `${confused}.${signature}`, 'x.y.z']) {
      refused(await auth.getUser(token), { status: 403, code: 'bad_jwt' });
    }
    // With blanks in it, this is not even a bearer token.
    refused(await auth.getUser('not a token'), { status: 401, code: 'no_authorization' });
  });

  test('a renewal keeps the session and changes the refresh token', async () => {
    const { client, session, user } = await stage.person();
    const events = [];
    client.auth.onAuthStateChange((event) => void events.push(event));
    const renewed = accepted(await client.auth.refreshSession()).session;
    assert.notEqual(renewed.refresh_token, session.refresh_token);
    assert.equal(renewed.user.id, user.id);
    const [before, after] = [session, renewed].map((s) => decoded(s.access_token).claims);
    assert.equal(after.session_id, before.session_id);
    assert.deepEqual(after.amr, before.amr);
    assert.ok(events.includes('TOKEN_REFRESHED'), events.join());
  });

  test('the old token of a lost reply gets the current one again', async () => {
    const { client, session } = await stage.person();
    const current = accepted(await client.auth.refreshSession()).session.refresh_token;
    const late = stage.client();
    const again = await late.auth.refreshSession({ refresh_token: session.refresh_token });
    assert.equal(accepted(again).session.refresh_token, current);
  });

  test('a replayed token of two renewals ago ends the whole session', async () => {
    const { client, session } = await stage.person();
    accepted(await client.auth.refreshSession());
    const newest = accepted(await client.auth.refreshSession()).session;
    const thief = stage.client();
    const replay = { refresh_token: session.refresh_token };
    refused(await thief.auth.refreshSession(replay), SPENT);
    sessionMissing(await thief.auth.getUser(newest.access_token));
    refused(await thief.auth.refreshSession({ refresh_token: newest.refresh_token }), UNKNOWN);
  });

  test('a hundred renewals of one token at once have one successor', async () => {
    const { session } = await stage.person();
    const { refresh_token } = session;
    const attempts = Array.from({ length: 100 }, () =>
      stage.client().auth.refreshSession({ refresh_token }),
    );
    const successors = new Set(
      (await Promise.all(attempts)).map((r) => accepted(r).session.refresh_token),
    );
    assert.equal(successors.size, 1);
    const [successor] = successors;
    accepted(await stage.client().auth.refreshSession({ refresh_token: successor }));
  });

  test('a refresh token changed by one letter is refused', async () => {
    const { session } = await stage.person();
    const token = session.refresh_token;
    const last = token.at(-6) === 'A' ? 'B' : 'A';
    const refresh_token = token.slice(0, -6) + last + token.slice(-5);
    const result = await stage.client().auth.refreshSession({ refresh_token });
    refused(result, { status: 400, code: 'validation_failed' });
  });
});

scenarios('sessions', 'open', (stage) => {
  test('a session survives a restart of the application', async () => {
    const storage = memory();
    const account = await stage.account();
    const { session } = await stage.signedIn(account, { storage });
    const restarted = stage.client({ storage, fetch: () => assert.fail('no request is needed') });
    const kept = accepted(await restarted.auth.getSession()).session;
    assert.equal(kept.refresh_token, session.refresh_token);
    assert.equal(kept.user.id, account.user.id);
  });

  test('an application that starts is told the session that it left', async () => {
    const storage = memory();
    const { session, user } = await stage.person({}, { storage });
    const restarted = stage.client({ storage });
    const found = await initialSession(restarted);
    assert.equal(found.refresh_token, session.refresh_token);
    assert.equal(found.user.id, user.id);
    accepted(await restarted.auth.refreshSession());
  });

  test('an application that nobody has signed in to is told so at its start', async () => {
    assert.equal(await initialSession(stage.client()), null);
  });

  test('a session that was ended elsewhere is there at the start, until it is used', async () => {
    const storage = memory();
    const { session } = await stage.person({}, { storage });
    accepted(await stage.admin.signOut(session.access_token));
    const restarted = stage.client({ storage });
    const events = [];
    restarted.auth.onAuthStateChange((event) => void events.push(event));
    assert.equal((await initialSession(restarted)).refresh_token, session.refresh_token);
    sessionMissing(await restarted.auth.getUser());
    assert.equal(events.at(-1), 'SIGNED_OUT');
    assert.equal(await initialSession(stage.client({ storage })), null);
  });

  test('claims of a shared secret are verified by the server', async () => {
    const { client, user, session } = await stage.person();
    const { claims, header } = accepted(await client.auth.getClaims());
    assert.equal(header.alg, 'HS256');
    assert.equal(claims.sub, user.id);
    accepted(await client.auth.signOut());
    sessionMissing(await client.auth.getClaims(session.access_token));
  });

  test('tokens are handed over to another client', async () => {
    const { session, user } = await stage.person();
    const { auth } = stage.client();
    const { access_token, refresh_token } = session;
    const adopted = accepted(await auth.setSession({ access_token, refresh_token }));
    assert.equal(adopted.user.id, user.id);
    assert.equal(accepted(await auth.getUser()).user.id, user.id);
    accepted(await auth.refreshSession());
  });

  test('what is not a refresh token is refused', async () => {
    const { auth } = stage.client();
    const malformed = { status: 400, code: 'validation_failed' };
    for (const refresh_token of ['x', 'ABCDEFGHIJKL', "' OR 1=1 --", 'a'.repeat(10_000)]) {
      refused(await auth.refreshSession({ refresh_token }), malformed);
    }
    refused(await auth.refreshSession({ refresh_token: 'abcdefghijkl' }), UNKNOWN);
  });

  test('two tabs that renew at the same time stay signed in, both', async () => {
    const { session, user } = await stage.person();
    const tabs = [stage.client(), stage.client()];
    const { access_token, refresh_token } = session;
    for (const tab of tabs) accepted(await tab.auth.setSession({ access_token, refresh_token }));
    const renewed = (await Promise.all(tabs.map((tab) => tab.auth.refreshSession()))).map(accepted);
    assert.equal(renewed[0].session.refresh_token, renewed[1].session.refresh_token);
    for (const tab of tabs) {
      assert.equal(accepted(await tab.auth.getUser()).user.id, user.id);
      accepted(await tab.auth.refreshSession());
    }
  });

  test('a replayed token of two renewals ago ends the family', async () => {
    const { client, session } = await stage.person();
    assert.match(session.refresh_token, /^[a-z2-7]{12}$/);
    accepted(await client.auth.refreshSession());
    const newest = accepted(await client.auth.refreshSession()).session;
    const thief = stage.client();
    refused(await thief.auth.refreshSession({ refresh_token: session.refresh_token }), SPENT);
    refused(await thief.auth.refreshSession({ refresh_token: newest.refresh_token }), SPENT);
  });

  test('signing out here leaves the other devices alone', async () => {
    const account = await stage.account();
    const [here, there] = [await stage.signedIn(account), await stage.signedIn(account)];
    accepted(await here.client.auth.signOut({ scope: 'local' }));
    assert.equal(accepted(await here.client.auth.getSession()).session, null);
    await endedOnServer(here.session);
    assert.equal(accepted(await there.client.auth.getUser()).user.id, account.user.id);
    accepted(await there.client.auth.refreshSession());
  });

  test('signing out elsewhere keeps this device', async () => {
    const account = await stage.account();
    const devices = [];
    for (let n = 0; n < 3; n += 1) devices.push(await stage.signedIn(account));
    const [here, ...others] = devices;
    accepted(await here.client.auth.signOut({ scope: 'others' }));
    for (const { session } of others) await endedOnServer(session);
    assert.equal(accepted(await here.client.auth.getUser()).user.id, account.user.id);
  });

  test('signing out everywhere ends every session, and only of this person', async () => {
    const account = await stage.account();
    const stranger = await stage.person();
    const devices = [await stage.signedIn(account), await stage.signedIn(account)];
    const events = [];
    devices[0].client.auth.onAuthStateChange((event) => void events.push(event));
    accepted(await devices[0].client.auth.signOut());
    assert.ok(events.includes('SIGNED_OUT'), events.join());
    for (const { session } of devices) await endedOnServer(session);
    assert.equal(accepted(await stranger.client.auth.getUser()).user.id, stranger.user.id);
  });

  test('an unknown scope is refused, and ends nothing', async () => {
    const { client, session } = await stage.person();
    const token = session.access_token;
    const response = await stage.request('POST', '/logout?scope=everyone', { token });
    assert.equal(response.status, 400);
    assert.equal((await response.json()).code, 'validation_failed');
    accepted(await client.auth.getUser());
  });

  test('a thousand questions for the user in a row are all answered', async () => {
    const { client, user } = await stage.person();
    for (let n = 0; n < 1000; n += 1) {
      assert.equal(accepted(await client.auth.getUser()).user.id, user.id);
    }
  });

  test('many people at once each see only themselves', async () => {
    const people = [];
    for (let n = 0; n < 10; n += 1) people.push(await stage.person());
    const rounds = Array.from({ length: 20 }, () => people).flat();
    await Promise.all(
      rounds.map(async ({ client, user }) => {
        assert.equal(accepted(await client.auth.getUser()).user.id, user.id);
        assert.equal(accepted(await client.auth.getClaims()).claims.sub, user.id);
      }),
    );
  });

  test('a person reads nobody through the admin API', async () => {
    const [reader, victim] = [await stage.person(), await stage.account()];
    const { admin } = stage.client({
      headers: { Authorization: `Bearer ${reader.session.access_token}` },
    }).auth;
    const forbidden = { status: 403, code: 'not_admin' };
    refused(await admin.getUserById(victim.user.id), forbidden);
    refused(await admin.listUsers(), forbidden);
    refused(await admin.updateUserById(victim.user.id, { password: OTHER_PASSWORD }), forbidden);
    refused(await admin.deleteUser(victim.user.id), forbidden);
    await stage.signedIn(victim);
  });

  test('sessions and keys survive a restart of the server', async () => {
    const storage = memory();
    const { user, session } = await stage.person({}, { storage });
    const [anonKey, serviceKey] = [stage.server.anonKey, stage.server.serviceKey];
    await stage.server.stop();
    await stage.server.start();
    assert.deepEqual([stage.server.anonKey, stage.server.serviceKey], [anonKey, serviceKey]);
    const again = stage.client({ storage });
    assert.equal(accepted(await again.auth.getUser()).user.id, user.id);
    const renewed = accepted(await again.auth.refreshSession()).session;
    assert.notEqual(renewed.refresh_token, session.refresh_token);
  });

  async function endedOnServer({ access_token, refresh_token }) {
    const { auth } = stage.client();
    sessionMissing(await auth.getUser(access_token));
    refused(await auth.refreshSession({ refresh_token }), UNKNOWN);
  }
});

scenarios('access tokens that are about to end', 'brief_tokens', (stage) => {
  test('the client renews before it answers', async () => {
    const { client, session } = await stage.person();
    const kept = accepted(await client.auth.getSession()).session;
    assert.notEqual(kept.refresh_token, session.refresh_token);
    assert.equal(kept.expires_in, 60);
    assert.ok(accepted(await client.auth.getUser()).user);
  });

  test('an application that starts is told a session that has been renewed', async () => {
    const storage = memory();
    const { session, user } = await stage.person({}, { storage });
    const restarted = stage.client({ storage });
    const found = await initialSession(restarted);
    assert.notEqual(found.refresh_token, session.refresh_token);
    assert.equal(found.user.id, user.id);
    const [before, after] = [session, found].map((s) => decoded(s.access_token).claims);
    assert.equal(after.session_id, before.session_id);
  });

  test('the client renews in the background', async () => {
    const { client, session } = await stage.person();
    let renewed;
    client.auth.onAuthStateChange((event, next) => {
      if (event === 'TOKEN_REFRESHED') renewed = next;
    });
    await client.auth.startAutoRefresh();
    try {
      const next = await eventually('a renewal in the background', () => renewed);
      assert.notEqual(next.refresh_token, session.refresh_token);
    } finally {
      await client.auth.stopAutoRefresh();
    }
  });
});

scenarios('sessions with an end', 'timeboxed', (stage) => {
  test('a session cannot be renewed after its time', async () => {
    const { session } = await stage.person();
    let { refresh_token } = session;
    const refusal = await eventually('the end of the session', async () => {
      const result = await stage.client().auth.refreshSession({ refresh_token });
      if (result.error) return result;
      refresh_token = result.data.session.refresh_token;
      return undefined;
    });
    refused(refusal, { status: 400, code: 'session_expired' });
  });
});

scenarios('one session for each person', 'single_session', (stage) => {
  test('the newer sign-in ends the older session at its next renewal', async () => {
    const account = await stage.account({ password: PASSWORD });
    const older = await stage.signedIn(account);
    const newer = await stage.signedIn(account);
    const { auth } = stage.client();
    const result = await auth.refreshSession({ refresh_token: older.session.refresh_token });
    refused(result, { status: 400, code: 'session_expired' });
    accepted(await newer.client.auth.refreshSession());
  });
});
