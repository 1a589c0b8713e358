// The server as a developer meets it: no configuration, keys made by itself, an inbox.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';

import {
  OTHER_PASSWORD,
  PASSWORD,
  accepted,
  address,
  arrival,
  decoded,
  memory,
  scenarios,
  tokensOf,
} from '../support/scenarios.js';
import { eventually } from '../support/waiting.js';

const LOOPBACK = /^https?:\/\/(127\.0\.0\.1|localhost):\d+/;

scenarios(
  'no configuration',
  null,
  (stage) => {
    async function inbox() {
      const response = await fetch(`${stage.server.inboxUrl}?format=json`);
      assert.equal(response.status, 200);
      return (await response.json()).messages;
    }

    async function mailTo(email) {
      return eventually(`a mail to ${email} in the inbox`, async () =>
        (await inbox()).find(({ to }) => String(to).includes(email)),
      );
    }

    async function recovering(email) {
      const { auth } = stage.client();
      accepted(await auth.resetPasswordForEmail(email));
      const mail = await mailTo(email);
      const link = /https?:\/\/[^\s"<>]+verify[^\s"<>]+/.exec(mail.text);
      assert.ok(link, mail.text);
      return { auth, mail, link: new URL(link[0]) };
    }

    test('the server says where it is, with keys to paste', () => {
      const { url, inbox_url, management_url } = stage.server.announcement;
      for (const address of [url, inbox_url, management_url]) {
        assert.match(address, LOOPBACK);
        assert.notEqual(new URL(address).port, '0');
      }
      assert.ok(!url.endsWith('/'));
      assert.ok(stage.server.anonKey && stage.server.serviceKey);
      assert.notEqual(stage.server.anonKey, stage.server.serviceKey);
    });

    test('a sign-up is confirmed at once and signed by a key of its own', async () => {
      const email = address();
      const { auth } = stage.client();
      const { session } = accepted(await auth.signUp({ email, password: PASSWORD }));
      const { header } = decoded(session.access_token);
      assert.equal(header.alg, 'ES256');
      assert.ok(header.kid);
      const { claims } = accepted(await auth.getClaims());
      assert.equal(claims.email, email);
      assert.equal(claims.aud, 'authenticated');
      assert.ok(session.refresh_token.length > 12, 'signed refresh tokens are the default');
    });

    test('mails land in the inbox, the newest first', async () => {
      const [first, second] = [await stage.account(), await stage.account()];
      await recovering(first.email);
      const { mail } = await recovering(second.email);
      assert.ok(mail.id);
      assert.ok(mail.subject);
      assert.ok(mail.html.includes('href='));
      assert.ok(!Number.isNaN(Date.parse(mail.created_at)), mail.created_at);
      const order = (await inbox()).map(({ to }) => String(to));
      const [newer, older] = [second, first].map(({ email }) =>
        order.findIndex((to) => to.includes(email)),
      );
      assert.ok(newer < older, order.join());
    });

    test('a mailed link works once its button is pressed', async () => {
      const { email, user } = await stage.account();
      const { auth, link } = await recovering(email);
      assert.equal(link.origin + link.pathname, `${stage.auth}/verify`);
      const { fragment } = arrival(await stage.press(link));
      assert.equal(accepted(await auth.setSession(tokensOf(fragment))).user.id, user.id);
      accepted(await auth.updateUser({ password: OTHER_PASSWORD }));
      await stage.signedIn({ email, password: OTHER_PASSWORD });
    });

    test('the inbox is a page, for the own machine only', async () => {
      const page = await fetch(stage.server.inboxUrl);
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type'), /^text\/html/);
      const forwarded = [
        { 'X-Forwarded-For': '203.0.113.9' },
        { Forwarded: 'for=203.0.113.9' },
        { 'X-Real-IP': '203.0.113.9' },
        { Host: 'evil.example.net' },
      ];
      for (const headers of forwarded) {
        const status = await statusOf(stage.server.inboxUrl, headers);
        assert.equal(status, 403, JSON.stringify(headers));
      }
    });

    test('keys, people and sessions survive a restart', async () => {
      const storage = memory();
      const { user } = await stage.person({}, { storage });
      const keys = [stage.server.anonKey, stage.server.serviceKey];
      await stage.server.stop();
      await stage.server.start();
      assert.deepEqual([stage.server.anonKey, stage.server.serviceKey], keys);
      const { auth } = stage.client({ storage });
      assert.equal(accepted(await auth.getUser()).user.id, user.id);
      assert.equal(accepted(await auth.getClaims()).claims.sub, user.id);
      accepted(await auth.refreshSession());
    });
  },
  ['sqlite'],
);

function statusOf(url, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once('error', reject);
    sent.end();
  });
}
