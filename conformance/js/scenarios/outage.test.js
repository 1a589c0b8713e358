// While the database is away: what the client is told, and what is still there afterwards.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PASSWORD, accepted, address, refused, scenarios } from '../support/scenarios.js';
import { eventually } from '../support/waiting.js';

const RETRYABLE = { name: 'AuthRetryableFetchError', status: 503, code: undefined };

scenarios('a database that is away', 'open', (stage) => {
  test('the client is told to try again, and the session is still good', async () => {
    const { client, email, session, user } = await stage.person({ user_metadata: { n: 1 } });
    const events = [];
    client.auth.onAuthStateChange((event) => void events.push(event));
    await stage.server.withoutDatabase(async () => {
      refused(await client.auth.updateUser({ data: { n: 2 } }), RETRYABLE);
      refused(await client.auth.signOut(), RETRYABLE);
      const kept = accepted(await client.auth.getSession()).session;
      assert.equal(kept.refresh_token, session.refresh_token);
    });
    const seen = accepted(await client.auth.getUser()).user;
    assert.equal(seen.id, user.id);
    assert.equal(seen.user_metadata.n, 1);
    const renewed = accepted(await client.auth.refreshSession()).session;
    assert.notEqual(renewed.refresh_token, session.refresh_token);
    assert.deepEqual(events, ['INITIAL_SESSION', 'TOKEN_REFRESHED']);
    await stage.signedIn({ email, password: PASSWORD });
  });

  test('a renewal that the outage met is repeated by the client itself', async () => {
    const statuses = [];
    const watching = async (...request) => {
      const response = await fetch(...request);
      statuses.push(response.status);
      return response;
    };
    const { client, session } = await stage.person({}, { fetch: watching });
    statuses.length = 0;
    let renewal;
    await stage.server.withoutDatabase(async () => {
      renewal = client.auth.refreshSession();
      await eventually('a refused renewal', () => statuses.at(0));
    });
    const renewed = accepted(await renewal).session;
    assert.notEqual(renewed.refresh_token, session.refresh_token);
    assert.equal(statuses.pop(), 200);
    assert.deepEqual(new Set(statuses), new Set([503]));
    assert.equal(accepted(await client.auth.getUser()).user.id, session.user.id);
  });

  test('nobody signs in or up meanwhile, and everybody does afterwards', async () => {
    const [{ email }, fresh] = [await stage.account(), address()];
    const { auth } = stage.client();
    const attempts = () => [
      auth.signInWithPassword({ email, password: PASSWORD }),
      auth.signUp({ email: fresh, password: PASSWORD }),
      auth.signInAnonymously(),
      auth.resetPasswordForEmail(email),
    ];
    await stage.server.withoutDatabase(async () => {
      for (const result of await Promise.all(attempts())) refused(result, RETRYABLE);
      assert.equal(accepted(await auth.getSession()).session, null);
    });
    for (const result of await Promise.all(attempts())) accepted(result);
    await stage.mailbox.next(email);
    await stage.mailsAreOut();
    assert.equal(stage.mailbox.unread(email), 0);
  });

  test('a refusal says when to come back, and nothing about the inside', async () => {
    const { email } = await stage.account();
    const body = { email, password: PASSWORD };
    await stage.server.withoutDatabase(async () => {
      const response = await stage.request('POST', '/token?grant_type=password', { body });
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '1');
      assert.equal(response.headers.get('x-sb-error-code'), 'unexpected_failure');
      const { code, message } = await response.json();
      assert.equal(code, 'unexpected_failure');
      assert.match(message, /temporarily unavailable/);
      assert.doesNotMatch(message, /sql|postgres|database|connect|disk/i);
    });
  });

  test('the management address tells of the outage, and of its end', async () => {
    const { email, password } = await stage.account();
    const status = async (path) => (await fetch(`${stage.server.managementUrl}${path}`)).status;
    // The database is asked once a second at most.
    const readiness = (wanted) =>
      eventually(`readiness ${wanted}`, async () =>
        (await status('/readyz')) === wanted ? wanted : undefined,
      );
    await readiness(200);
    await stage.server.withoutDatabase(async () => {
      // That a disk is full is known from the first write that fails.
      refused(await stage.client().auth.signInWithPassword({ email, password }), RETRYABLE);
      await readiness(503);
      assert.equal(await status('/livez'), 200);
    });
    await readiness(200);
  });
});
