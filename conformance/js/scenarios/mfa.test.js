// The second factor: enrolment, verification, what it protects, and its removal.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secret, TOTP } from 'otpauth';

import {
  OTHER_PASSWORD,
  accepted,
  address,
  decoded,
  refused,
  scenarios,
  sessionMissing,
} from '../support/scenarios.js';

const STEP_MS = 30_000;
const INVALID = { status: 422, code: 'mfa_verification_failed' };

/** The code of a time step: 0 is the current one, 1 the next, which is accepted as well. */
function codeOf(totp, step = 0) {
  const generator = new TOTP({ secret: Secret.fromBase32(totp.secret) });
  return generator.generate({ timestamp: Date.now() + step * STEP_MS });
}

/** A code that is not right now, nor near now. */
function wrongCodeOf(totp) {
  const right = [-2, -1, 0, 1, 2].map((step) => codeOf(totp, step));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find(
    (code) => !right.includes(code),
  );
}

scenarios('the second factor', 'open', (stage) => {
  async function enrolled(attributes) {
    const person = await stage.person(attributes);
    const { mfa } = person.client.auth;
    const factor = accepted(await mfa.enroll({ factorType: 'totp', friendlyName: 'phone app' }));
    return { ...person, mfa, factor };
  }

  async function protectedByCode() {
    const person = await enrolled();
    const code = codeOf(person.factor.totp);
    accepted(await person.mfa.challengeAndVerify({ factorId: person.factor.id, code }));
    return person;
  }

  test('enrolment shows the secret as text, as an address and as a picture', async () => {
    const { factor, email } = await enrolled();
    assert.equal(factor.type, 'totp');
    assert.equal(factor.friendly_name, 'phone app');
    assert.match(factor.totp.secret, /^[A-Z2-7]{32}$/);
    assert.match(factor.totp.qr_code, /^data:image\/svg\+xml;utf-8,\s*<(\?xml|svg)/);
    const uri = new URL(factor.totp.uri);
    assert.equal(uri.protocol, 'otpauth:');
    assert.equal(uri.searchParams.get('secret'), factor.totp.secret);
    assert.equal(uri.searchParams.get('digits'), '6');
    assert.equal(uri.searchParams.get('period'), '30');
    assert.equal(uri.searchParams.get('algorithm'), 'SHA1');
    assert.equal(uri.searchParams.get('issuer'), 'app.example.test');
    assert.ok(decodeURIComponent(uri.pathname).endsWith(`app.example.test:${email}`), uri.href);
  });

  test('an issuer of the own choice appears in the address', async () => {
    const { client } = await stage.person();
    const { totp } = accepted(
      await client.auth.mfa.enroll({ factorType: 'totp', issuer: 'Example Issuer' }),
    );
    assert.equal(new URL(totp.uri).searchParams.get('issuer'), 'Example Issuer');
  });

  test('a challenge and its code raise the session to the second level', async () => {
    const { client, mfa, factor, session } = await enrolled();
    const challenge = accepted(await mfa.challenge({ factorId: factor.id }));
    assert.ok(challenge.expires_at > Date.now() / 1000);
    const events = [];
    client.auth.onAuthStateChange((event) => void events.push(event));
    const attempt = { factorId: factor.id, challengeId: challenge.id };
    const raised = accepted(await mfa.verify({ ...attempt, code: codeOf(factor.totp) }));
    assert.ok(events.includes('MFA_CHALLENGE_VERIFIED'), events.join());
    const { claims } = decoded(raised.access_token);
    assert.equal(claims.aal, 'aal2');
    assert.deepEqual(claims.amr.map(({ method }) => method), ['totp', 'password']);
    assert.equal(claims.session_id, decoded(session.access_token).claims.session_id);
    const level = accepted(await mfa.getAuthenticatorAssuranceLevel());
    assert.deepEqual([level.currentLevel, level.nextLevel], ['aal2', 'aal2']);
    const renewed = accepted(await client.auth.refreshSession()).session;
    assert.equal(decoded(renewed.access_token).claims.aal, 'aal2');
  });

  test('a wrong code is refused, and the right one still works afterwards', async () => {
    const { mfa, factor } = await enrolled();
    const challenge = accepted(await mfa.challenge({ factorId: factor.id }));
    const attempt = { factorId: factor.id, challengeId: challenge.id };
    const wrong = await mfa.verify({ ...attempt, code: wrongCodeOf(factor.totp) });
    assert.equal(refused(wrong, INVALID).message, 'Invalid TOTP code entered');
    accepted(await mfa.verify({ ...attempt, code: codeOf(factor.totp) }));
  });

  test('a challenge is used up by its first right answer', async () => {
    const { mfa, factor } = await enrolled();
    const challenge = accepted(await mfa.challenge({ factorId: factor.id }));
    const answer = { factorId: factor.id, challengeId: challenge.id, code: codeOf(factor.totp) };
    accepted(await mfa.verify(answer));
    refused(await mfa.verify(answer), { status: 422, code: 'mfa_ip_address_mismatch' });
  });

  test('the factor of one person does not answer for another', async () => {
    const [owner, other] = [await enrolled(), await stage.person()];
    const unknown = { status: 404, code: 'mfa_factor_not_found' };
    refused(await other.client.auth.mfa.challenge({ factorId: owner.factor.id }), unknown);
    refused(await other.client.auth.mfa.unenroll({ factorId: owner.factor.id }), unknown);
  });

  test('an unverified factor is listed, and asks for nothing', async () => {
    const { client, mfa, factor } = await enrolled();
    const before = accepted(await mfa.listFactors());
    assert.deepEqual(before.all.map(({ id, status }) => [id, status]), [[factor.id, 'unverified']]);
    assert.deepEqual(before.totp, []);
    accepted(await client.auth.refreshSession());
    const level = accepted(await mfa.getAuthenticatorAssuranceLevel());
    assert.deepEqual([level.currentLevel, level.nextLevel], ['aal1', 'aal1']);
  });

  test('two factors of one person must not bear one name', async () => {
    const { mfa } = await enrolled();
    const again = await mfa.enroll({ factorType: 'totp', friendlyName: 'phone app' });
    refused(again, { status: 422, code: 'mfa_factor_name_conflict' });
  });

  test('the first verification ends the sessions of the first level', async () => {
    const person = await enrolled();
    const elsewhere = await stage.signedIn(person);
    const code = codeOf(person.factor.totp);
    accepted(await person.mfa.challengeAndVerify({ factorId: person.factor.id, code }));
    sessionMissing(await stage.client().auth.getUser(elsewhere.session.access_token));
    accepted(await person.client.auth.getUser());
  });

  test('after it, a password alone reaches the first level only', async () => {
    const person = await protectedByCode();
    const { client } = await stage.signedIn(person);
    const level = accepted(await client.auth.mfa.getAuthenticatorAssuranceLevel());
    assert.deepEqual([level.currentLevel, level.nextLevel], ['aal1', 'aal2']);
    const methods = level.currentAuthenticationMethods.map(({ method }) => method);
    assert.deepEqual(methods, ['password']);
    const code = codeOf(person.factor.totp, 1);
    const factorId = person.factor.id;
    accepted(await client.auth.mfa.challengeAndVerify({ factorId, code }));
    const raised = accepted(await client.auth.mfa.getAuthenticatorAssuranceLevel());
    assert.equal(raised.currentLevel, 'aal2');
  });

  test('the first level cannot change what the factor protects', async () => {
    const person = await protectedByCode();
    const { auth } = (await stage.signedIn(person)).client;
    const insufficient = { status: 401, code: 'insufficient_aal' };
    refused(await auth.updateUser({ password: OTHER_PASSWORD }), insufficient);
    refused(await auth.updateUser({ email: address() }), insufficient);
    const enrol = await auth.mfa.enroll({ factorType: 'totp', friendlyName: 'another' });
    refused(enrol, { status: 403, code: 'insufficient_aal' });
    const unenroll = await auth.mfa.unenroll({ factorId: person.factor.id });
    refused(unenroll, { status: 422, code: 'insufficient_aal' });
    accepted(await auth.updateUser({ data: { allowed: true } }));
  });

  test('the second level removes the factor, and falls back to the first', async () => {
    const { client, mfa, factor } = await protectedByCode();
    assert.equal(accepted(await mfa.unenroll({ factorId: factor.id })).id, factor.id);
    assert.deepEqual(accepted(await mfa.listFactors()).all, []);
    const { session } = accepted(await client.auth.refreshSession());
    assert.equal(decoded(session.access_token).claims.aal, 'aal1');
  });

  test('an administrator lists and removes the factors of a person', async () => {
    const { user, factor, client } = await protectedByCode();
    const { mfa } = stage.admin;
    const { factors } = accepted(await mfa.listFactors({ userId: user.id }));
    assert.deepEqual(factors.map(({ id, status }) => [id, status]), [[factor.id, 'verified']]);
    accepted(await mfa.deleteFactor({ userId: user.id, id: factor.id }));
    const left = accepted(await mfa.listFactors({ userId: user.id }));
    assert.deepEqual(left.factors, []);
    assert.deepEqual(accepted(await client.auth.mfa.listFactors()).all, []);
  });
});

scenarios('the second factor, switched off', 'no_factors', (stage) => {
  test('enrolment says that it is disabled', async () => {
    const { client } = await stage.person();
    const result = await client.auth.mfa.enroll({ factorType: 'totp' });
    refused(result, { status: 422, code: 'mfa_totp_enroll_not_enabled' });
  });
});
