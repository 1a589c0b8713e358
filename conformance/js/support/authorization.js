// OpenFGA's client for the authorization API, and a store for each scenario.

import { CredentialsMethod, OpenFgaClient } from '@openfga/sdk';

/** One relation that may be assigned to these. */
const assigned = (...types) => ({
  rewrite: { this: {} },
  types: types.map((type) => (typeof type === 'string' ? { type } : type)),
});

const type = (name, relations = {}) => ({
  type: name,
  relations: Object.fromEntries(
    Object.entries(relations).map(([relation, { rewrite }]) => [relation, rewrite]),
  ),
  metadata: {
    relations: Object.fromEntries(
      Object.entries(relations)
        .filter(([, { types }]) => types)
        .map(([relation, { types }]) => [relation, { directly_related_user_types: types }]),
    ),
  },
});

const computed = (relation) => ({ computedUserset: { relation } });

/** Documents in folders, groups, a wildcard, an exclusion and a condition. */
export const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    type('user'),
    type('group', { member: assigned('user', { type: 'group', relation: 'member' }) }),
    type('folder', { viewer: assigned('user') }),
    type('document', {
      parent: assigned('folder'),
      owner: assigned('user'),
      blocked: assigned('user'),
      viewer: {
        rewrite: {
          union: {
            child: [
              { this: {} },
              computed('owner'),
              {
                tupleToUserset: {
                  tupleset: { relation: 'parent' },
                  computedUserset: { relation: 'viewer' },
                },
              },
            ],
          },
        },
        types: [
          { type: 'user' },
          { type: 'user', wildcard: {} },
          { type: 'group', relation: 'member' },
          { type: 'user', condition: 'in_hours' },
        ],
      },
      reader: { rewrite: { difference: { base: computed('viewer'), subtract: computed('blocked') } } },
    }),
  ],
  conditions: {
    in_hours: {
      name: 'in_hours',
      expression: 'hour < 18',
      parameters: { hour: { type_name: 'TYPE_NAME_INT' } },
    },
  },
};

/** A client of the server under test; refusals are not tried again. */
export function client(stage, { key = stage.server.announcement.fga_api_token, ...options } = {}) {
  return new OpenFgaClient({
    apiUrl: stage.server.announcement.fga_api_url,
    credentials: key && { method: CredentialsMethod.ApiToken, config: { token: key } },
    retryParams: { maxRetry: 0 },
    ...options,
  });
}

/** A client of a new store with the model and these tuples. */
export async function world(stage, tuples = []) {
  const { id: storeId } = await client(stage).createStore({ name: 'scenario' });
  const bare = client(stage, { storeId });
  const { authorization_model_id: authorizationModelId } = await bare.writeAuthorizationModel(MODEL);
  const fga = client(stage, { storeId, authorizationModelId });
  if (tuples.length > 0) await fga.writeTuples(tuples);
  return fga;
}

/** Whoever has which relation to what. */
export const tuple = (user, relation, object) => ({ user, relation, object });

/** A tuple that counts before six in the evening. */
export const inHours = (user, object, context = {}) => ({
  ...tuple(user, 'viewer', object),
  condition: { name: 'in_hours', context },
});
