// Authorization, as OpenFGA's JavaScript client uses it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  FgaApiAuthenticationError,
  FgaApiError,
  FgaApiNotFoundError,
  FgaApiValidationError,
} from '@openfga/sdk';

import { MODEL, client, inHours, tuple, world } from '../support/authorization.js';
import { scenarios } from '../support/scenarios.js';

const NOBODY = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

/** Checks that the client's error is of this class and has this code. */
async function refused(asking, kind, code) {
  await assert.rejects(asking, (error) => {
    assert.ok(error instanceof kind, `${error.name}: ${error.message}`);
    assert.equal(error.apiErrorCode, code, error.message);
    return true;
  });
}

const sharing = [
  tuple('user:ann', 'member', 'group:staff'),
  tuple('group:staff#member', 'viewer', 'document:1'),
  tuple('user:bob', 'viewer', 'folder:f'),
  tuple('folder:f', 'parent', 'document:1'),
  tuple('user:*', 'viewer', 'document:2'),
  tuple('user:bob', 'blocked', 'document:2'),
  inHours('user:cat', 'document:3'),
];

scenarios('stores and models', 'authorization', (stage) => {
  test('a store is made, found, listed and deleted', async () => {
    const name = `life ${Date.now()}`;
    const made = await client(stage).createStore({ name });
    const fga = client(stage, { storeId: made.id });
    const found = await fga.getStore();
    assert.deepEqual([found.id, found.name, found.deleted_at], [made.id, name, null]);
    const listed = await fga.listStores({ name });
    assert.deepEqual(listed.stores.map((store) => store.id), [made.id]);
    await fga.deleteStore();
    await fga.deleteStore();
    await refused(fga.getStore(), FgaApiNotFoundError, 'store_id_not_found');
  });

  test('stores are listed page by page', async () => {
    for (let number = 0; number < 3; number += 1) await client(stage).createStore({ name: 'page' });
    const seen = [];
    let continuationToken;
    do {
      const page = await client(stage).listStores({ pageSize: 2, continuationToken });
      seen.push(...page.stores.map((store) => store.id));
      continuationToken = page.continuation_token;
    } while (continuationToken);
    assert.ok(seen.length >= 3);
    assert.equal(new Set(seen).size, seen.length);
  });

  test('a model reads back as it was written, the newest first', async () => {
    const fga = await world(stage);
    const { authorization_model: model } = await fga.readAuthorizationModel();
    assert.equal(model.id, fga.authorizationModelId);
    const names = (types) => types.map((definition) => definition.type);
    assert.deepEqual(names(model.type_definitions), names(MODEL.type_definitions));
    const { viewer } = model.type_definitions[3].relations;
    assert.equal(viewer.union.child.length, 3);
    assert.equal(model.conditions.in_hours.expression, 'hour < 18');
    const { authorization_model_id: newer } = await fga.writeAuthorizationModel(MODEL);
    const latest = await fga.readLatestAuthorizationModel();
    assert.equal(latest.authorization_model.id, newer);
    const { authorization_models: all } = await fga.readAuthorizationModels({ pageSize: 1 });
    assert.deepEqual(all.map(({ id }) => id), [newer]);
  });

  test('a model with a mistake is refused, and one that is not there is not found', async () => {
    const fga = await world(stage);
    const relations = { viewer: { computedUserset: { relation: 'nope' } } };
    const broken = { schema_version: '1.1', type_definitions: [{ type: 'document', relations }] };
    const code = 'invalid_authorization_model';
    await refused(fga.writeAuthorizationModel(broken), FgaApiValidationError, code);
    await refused(
      fga.readAuthorizationModel({ authorizationModelId: NOBODY }),
      FgaApiValidationError,
      'authorization_model_not_found',
    );
  });

  test('service keys and the preshared key may ask, nobody else', async () => {
    const { announcement, serviceKey, anonKey, presharedKey } = stage.server;
    for (const key of [announcement.secret_key, serviceKey, presharedKey]) {
      assert.ok(Array.isArray((await client(stage, { key }).listStores()).stores));
    }
    for (const key of [anonKey, announcement.publishable_key, 'x']) {
      const asking = client(stage, { key }).listStores();
      await refused(asking, FgaApiAuthenticationError, 'unauthenticated');
    }
    const asking = client(stage, { key: '' }).listStores();
    await refused(asking, FgaApiAuthenticationError, 'bearer_token_missing');
  });
});

scenarios('tuples', 'authorization', (stage) => {
  const ann = tuple('user:ann', 'viewer', 'document:1');
  const bob = tuple('user:bob', 'viewer', 'document:1');

  test('tuples are written and deleted in one change', async () => {
    const fga = await world(stage, [ann]);
    await fga.write({ writes: [bob], deletes: [ann] });
    assert.equal((await fga.check(bob)).allowed, true);
    assert.equal((await fga.check(ann)).allowed, false);
  });

  test('a change that cannot be made leaves everything as it was', async () => {
    const fga = await world(stage, [ann]);
    const code = 'write_failed_due_to_invalid_input';
    await refused(fga.write({ writes: [bob, ann] }), FgaApiValidationError, code);
    await refused(fga.write({ deletes: [bob] }), FgaApiValidationError, code);
    assert.equal((await fga.check(bob)).allowed, false);
  });

  test('what is there already or not there can be passed over', async () => {
    const fga = await world(stage, [ann]);
    const conflict = { onDuplicateWrites: 'ignore', onMissingDeletes: 'ignore' };
    const nobody = tuple('user:nobody', 'viewer', 'document:1');
    await fga.write({ writes: [ann, bob], deletes: [nobody] }, { conflict });
    assert.equal((await fga.check(bob)).allowed, true);
    const other = fga.write({ writes: [inHours('user:ann', 'document:1')] }, { conflict });
    await assert.rejects(other, (error) => error instanceof FgaApiError && error.statusCode === 409);
  });

  test('tuples that the model does not take are refused', async () => {
    const fga = await world(stage);
    for (const wrong of [
      tuple('folder:f', 'viewer', 'document:1'),
      tuple('user:ann', 'nope', 'document:1'),
      tuple('user:ann', 'viewer', 'nope:1'),
      inHours('user:ann', 'document:1', { nope: 1 }),
    ]) {
      await refused(fga.write({ writes: [wrong] }), FgaApiValidationError, 'validation_error');
    }
    const empty = fga.write({ writes: [], deletes: [] });
    await refused(empty, FgaApiValidationError, 'invalid_write_input');
    const code = 'cannot_allow_duplicate_tuples_in_one_request';
    await refused(fga.write({ writes: [ann, ann] }), FgaApiValidationError, code);
  });

  test('many tuples are written in many requests', async () => {
    const fga = await world(stage);
    const many = Array.from({ length: 250 }, (_, n) => tuple('user:ann', 'viewer', `document:${n}`));
    const transaction = { disable: true, maxPerChunk: 100 };
    const { writes } = await fga.writeTuples(many, { transaction });
    assert.ok(writes.every(({ status }) => status === 'success'));
    const { objects } = await fga.listObjects({ user: 'user:ann', relation: 'viewer', type: 'document' });
    assert.equal(objects.length, 250);
  });

  test('tuples are read page by page', async () => {
    const fga = await world(stage, sharing);
    const seen = [];
    let continuationToken;
    do {
      const page = await fga.read({}, { pageSize: 3, continuationToken });
      seen.push(...page.tuples.map(({ key }) => `${key.object}#${key.relation}@${key.user}`));
      continuationToken = page.continuation_token;
    } while (continuationToken);
    const expected = sharing.map((key) => `${key.object}#${key.relation}@${key.user}`);
    assert.deepEqual(seen.sort(), expected.sort());
    const { tuples } = await fga.read({ object: 'document:1' });
    assert.equal(tuples.length, 2);
  });

  test('changes are read page by page, and the token goes on with what comes', async () => {
    const fga = await world(stage, [ann]);
    await fga.write({ deletes: [ann] });
    await fga.writeTuples([tuple('user:ann', 'viewer', 'folder:f')]);
    const first = await fga.readChanges({ type: 'document' }, { pageSize: 1 });
    assert.deepEqual(first.changes.map(({ operation }) => operation), ['TUPLE_OPERATION_WRITE']);
    const after = (page) => ({ continuationToken: page.continuation_token });
    const second = await fga.readChanges({ type: 'document' }, after(first));
    assert.deepEqual(second.changes.map(({ operation }) => operation), ['TUPLE_OPERATION_DELETE']);
    const third = await fga.readChanges({ type: 'document' }, after(second));
    assert.deepEqual([third.changes, third.continuation_token], [[], second.continuation_token]);
    await fga.writeTuples([bob]);
    const fourth = await fga.readChanges({ type: 'document' }, after(third));
    assert.deepEqual(fourth.changes.map(({ tuple_key: key }) => key.user), ['user:bob']);
    const code = 'query_string_type_continuation_token_mismatch';
    await refused(fga.readChanges({ type: 'folder' }, after(first)), FgaApiValidationError, code);
  });

  test('a token that was changed is refused', async () => {
    const fga = await world(stage, [ann, bob]);
    const { continuation_token: token } = await fga.read({}, { pageSize: 1 });
    const forged = (token[0] === 'A' ? 'B' : 'A') + token.slice(1);
    const asking = fga.read({}, { pageSize: 1, continuationToken: forged });
    await refused(asking, FgaApiValidationError, 'invalid_continuation_token');
  });
});

scenarios('questions', 'authorization', (stage) => {
  test('checks follow groups, folders, wildcards and exclusions', async () => {
    const fga = await world(stage, sharing);
    for (const [user, relation, object, allowed] of [
      ['user:ann', 'viewer', 'document:1', true],
      ['user:bob', 'viewer', 'document:1', true],
      ['user:dan', 'viewer', 'document:1', false],
      ['user:dan', 'reader', 'document:2', true],
      ['user:bob', 'reader', 'document:2', false],
    ]) {
      const answer = await fga.check(tuple(user, relation, object));
      assert.equal(answer.allowed, allowed, `${user} ${relation} ${object}`);
    }
  });

  test('conditions are judged with the context of the question', async () => {
    const fga = await world(stage, sharing);
    const cat = tuple('user:cat', 'viewer', 'document:3');
    assert.equal((await fga.check({ ...cat, context: { hour: 9 } })).allowed, true);
    assert.equal((await fga.check({ ...cat, context: { hour: 20 } })).allowed, false);
    await refused(fga.check(cat), FgaApiValidationError, 'validation_error');
  });

  test('contextual tuples count for their question only', async () => {
    const fga = await world(stage);
    const eve = tuple('user:eve', 'viewer', 'document:1');
    const contextualTuples = [tuple('user:eve', 'owner', 'document:1')];
    assert.equal((await fga.check({ ...eve, contextualTuples })).allowed, true);
    assert.equal((await fga.check(eve)).allowed, false);
    const wrong = [tuple('folder:f', 'viewer', 'document:1')];
    const asking = fga.check({ ...eve, contextualTuples: wrong });
    await refused(asking, FgaApiValidationError, 'invalid_tuple');
  });

  test('many checks are answered at once, each by its id', async () => {
    const fga = await world(stage, sharing);
    const many = Array.from({ length: 60 }, (_, n) => ({
      ...tuple('user:ann', 'viewer', `document:${n}`),
      correlationId: `check-${n}`,
    }));
    const wrong = { ...tuple('user:ann', 'nope', 'document:1'), correlationId: 'wrong' };
    const { result } = await fga.batchCheck({ checks: [...many, wrong] });
    const allowed = result.filter((one) => one.allowed).map((one) => one.correlationId);
    assert.deepEqual(allowed.sort(), ['check-1', 'check-2']);
    const failed = result.find((one) => one.correlationId === 'wrong');
    assert.equal(failed.error.input_error, 'validation_error');
  });

  test('objects are listed, at once and as a stream', async () => {
    const fga = await world(stage, sharing);
    const question = { user: 'user:ann', relation: 'viewer', type: 'document', context: { hour: 9 } };
    const { objects } = await fga.listObjects(question);
    assert.deepEqual(objects.sort(), ['document:1', 'document:2']);
    const streamed = [];
    for await (const { object } of fga.streamedListObjects(question)) streamed.push(object);
    assert.deepEqual(streamed.sort(), ['document:1', 'document:2']);
    const asking = fga.listObjects({ ...question, type: 'nope' });
    await refused(asking, FgaApiValidationError, 'type_not_found');
  });

  test('users are listed by their kind', async () => {
    const fga = await world(stage, sharing);
    const users = async (id, filter) => {
      const question = { object: { type: 'document', id }, relation: 'viewer', user_filters: [filter] };
      return (await fga.listUsers(question)).users;
    };
    const people = (await users('1', { type: 'user' })).map(({ object }) => object.id);
    assert.deepEqual(people.sort(), ['ann', 'bob']);
    const [group] = await users('1', { type: 'group', relation: 'member' });
    assert.deepEqual(group.userset, { type: 'group', id: 'staff', relation: 'member' });
    const [everybody] = await users('2', { type: 'user' });
    assert.deepEqual(everybody.wildcard, { type: 'user' });
  });

  test('the relations of a user are listed', async () => {
    const fga = await world(stage, sharing);
    const question = { user: 'user:bob', object: 'document:2', relations: ['viewer', 'reader', 'blocked'] };
    const { relations } = await fga.listRelations(question);
    assert.deepEqual(relations.sort(), ['blocked', 'viewer']);
  });

  test('a relation is expanded by one level', async () => {
    const fga = await world(stage, sharing);
    const { tree } = await fga.expand({ relation: 'viewer', object: 'document:1' });
    const [direct, owner, parent] = tree.root.union.nodes;
    assert.equal(tree.root.name, 'document:1#viewer');
    assert.deepEqual(direct.leaf.users.users, ['group:staff#member']);
    assert.equal(owner.leaf.computed.userset, 'document:1#owner');
    assert.equal(parent.leaf.tupleToUserset.tupleset, 'document:1#parent');
    assert.deepEqual(parent.leaf.tupleToUserset.computed, [{ userset: 'folder:f#viewer' }]);
  });

  test('every consistency is answered', async () => {
    const fga = await world(stage, sharing);
    for (const consistency of ['HIGHER_CONSISTENCY', 'MINIMIZE_LATENCY', 'UNSPECIFIED']) {
      const answer = await fga.check(tuple('user:ann', 'viewer', 'document:1'), { consistency });
      assert.equal(answer.allowed, true, consistency);
    }
  });

  test('assertions are kept beside their model', async () => {
    const fga = await world(stage);
    assert.deepEqual((await fga.readAssertions()).assertions, []);
    const assertion = { ...tuple('user:ann', 'viewer', 'document:1'), expectation: true };
    await fga.writeAssertions([assertion]);
    const { assertions } = await fga.readAssertions();
    assert.equal(assertions.length, 1);
    assert.deepEqual(assertions[0].tuple_key, tuple('user:ann', 'viewer', 'document:1'));
    assert.equal(assertions[0].expectation, true);
  });

  test('our headers say what version a write made, and ask for it', async () => {
    const fga = await world(stage);
    const ann = tuple('user:ann', 'viewer', 'document:1');
    const path = `/stores/${fga.storeId}/write`;
    const written = await fetch(stage.server.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${stage.server.presharedKey}`, 'Claviger-Reason': 'test' },
      body: JSON.stringify({ writes: { tuple_keys: [ann] } }),
    });
    const version = written.headers.get('claviger-version');
    assert.match(version, /^[0-9]+$/);
    const headers = { 'Claviger-At-Least-Version': version };
    assert.equal((await fga.check(ann, { headers })).allowed, true);
    const ahead = { 'Claviger-At-Least-Version': String(Number(version) + 1) };
    await refused(fga.check(ann, { headers: ahead }), FgaApiValidationError, 'validation_error');
  });
});

scenarios(
  'authorization without a configuration',
  null,
  (stage) => {
    test('the server tells what a client begins with, and a store is there', async () => {
      const { announcement } = stage.server;
      const storeId = announcement.fga_store_id;
      assert.equal(announcement.fga_api_url, announcement.url);
      assert.equal(announcement.fga_api_token, announcement.secret_key);
      assert.equal((await client(stage, { storeId }).getStore()).name, 'default');
      await client(stage).createStore({ name: 'another' });
      await stage.server.stop();
      await stage.server.start();
      assert.equal(stage.server.announcement.fga_store_id, storeId);
    });
  },
  ['sqlite'],
);
