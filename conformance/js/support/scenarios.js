// The frame of every scenario file: one deployment per engine, clients made for it, and verdicts.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe } from 'node:test';

import { createClient } from '@supabase/supabase-js';
import WebSocket from 'ws';

import { Deployment, ENGINES } from './deployment.js';
import { Mailbox, unescapeHtml } from './mailbox.js';

export const PASSWORD = 'correct-horse-1';
export const OTHER_PASSWORD = 'battery-staple-2';

const API_VERSION = { 'X-Supabase-Api-Version': '2024-01-01' };

/**
 * Runs the scenarios that `define` adds once per engine, against a server of that configuration.
 * `define` receives a `Stage`, which is ready when the first scenario runs.
 */
export function scenarios(title, configuration, define, engines = ENGINES) {
  for (const engine of engines) {
    describe(`${title} [${engine}, ${configuration ?? 'development'}]`, () => {
      const stage = new Stage();
      before(() => stage.open(engine, configuration));
      after(() => stage.close());
      define(stage);
    });
  }
}

/** What a scenario plays on: the server, its mail, and the people who use it. */
export class Stage {
  #bell;

  async open(engine, configuration) {
    this.engine = engine;
    this.mailbox = await Mailbox.open();
    this.server = await Deployment.create({ engine, configuration, mailbox: this.mailbox });
  }

  async close() {
    await this.server?.remove();
    await this.mailbox?.close();
  }

  get auth() {
    return `${this.server.url}/auth/v1`;
  }

  /** A supabase-js client of its own browser: its storage is shared with nobody by default. */
  client({ key = this.server.anonKey, storage = memory(), headers, fetch, ...auth } = {}) {
    return createClient(this.server.url, key, {
      auth: { autoRefreshToken: false, detectSessionInUrl: false, storage, ...auth },
      global: { headers: headers ?? {}, ...(fetch ? { fetch } : {}) },
      realtime: { transport: WebSocket },
    });
  }

  /** The admin API, used as a back end uses it. */
  get admin() {
    return this.client({ key: this.server.serviceKey, persistSession: false }).auth.admin;
  }

  /** A person with a confirmed account, not signed in anywhere. */
  async account({ email = address(), password = PASSWORD, ...attributes } = {}) {
    const creation = { email, password, email_confirm: true, ...attributes };
    const { user } = accepted(await this.admin.createUser(creation));
    return { email, password, user };
  }

  /** A client that has signed in with the account's password. */
  async signedIn({ email, password }, options) {
    const client = this.client(options);
    const { user, session } = accepted(await client.auth.signInWithPassword({ email, password }));
    return { client, user, session };
  }

  /** A new person, signed in. */
  async person(attributes, options) {
    const account = await this.account(attributes);
    return { ...account, ...(await this.signedIn(account, options)) };
  }

  /** A request as no client makes it. */
  async request(method, path, { token, body, headers } = {}) {
    return fetch(`${this.auth}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...API_VERSION,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  /**
   * Opens a mailed link in the server under test (links carry the configured public address) and
   * returns where the server sends the browser: the address, its query and its fragment.
   */
  async follow(link) {
    const response = await this.request('GET', `/verify${link.search}`);
    return arrival(response);
  }

  /** The page behind a mailed link, where the server asks before it spends the link's token. */
  async page(link) {
    const response = await this.request('GET', `/verify${link.search}`);
    assert.equal(response.status, 200, `the link answered ${response.status}`);
    return response;
  }

  /** Opens a mailed link and presses its page's button, as a reader of the mail does. */
  async press(link, headers = {}) {
    const html = await (await this.page(link)).text();
    const fields = [...html.matchAll(/<input [^>]*name="(\w+)" value="([^"]*)"/g)];
    const form = fields.map(([, name, value]) => [name, unescapeHtml(value)]);
    return fetch(`${this.auth}/verify`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams(form),
    });
  }

  /** Returns when all mails of earlier requests have left: a later mail has arrived. */
  async mailsAreOut() {
    this.#bell ??= await this.account();
    const ring = await this.client().auth.resetPasswordForEmail(this.#bell.email);
    assert.equal(ring.error, null);
    await this.mailbox.next(this.#bell.email);
  }
}

/** Where the server sends the browser on to: the address, its query and its fragment. */
export function arrival(response) {
  assert.equal(response.status, 303, `answered ${response.status}`);
  const location = new URL(response.headers.get('location'));
  const fragment = new URLSearchParams(location.hash.slice(1));
  return { location, query: location.searchParams, fragment };
}

/** An address that nobody else in this run has. */
export function address(name = 'ada') {
  return `${name}.${randomBytes(6).toString('hex')}@example.com`;
}

/** Storage of one browser. */
export function memory() {
  const items = new Map();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/** The data of a reply that must be a success. */
export function accepted({ data, error }) {
  if (error) {
    const { name, status, code, message } = error;
    assert.fail(`refused: ${JSON.stringify({ name, status, code, message })}`);
  }
  return data;
}

/** Checks that a reply is a refusal for this reason; returns the client's error. */
export function refused({ data, error }, expected) {
  assert.ok(error, `accepted instead of ${JSON.stringify(expected)}: ${JSON.stringify(data)}`);
  const { name, status, code } = error;
  assert.deepEqual({ name, status, code }, { name: 'AuthApiError', ...expected });
  return error;
}

/** Checks that the session behind a reply is gone: the client has a class for that. */
export function sessionMissing({ error }) {
  assert.equal(error?.name, 'AuthSessionMissingError', String(error));
}

/** The header and the claims of a token, not verified. */
export function decoded(token) {
  const [header, claims] = token.split('.').slice(0, 2).map((part) => {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  });
  return { header, claims };
}

/** The tokens of a fragment, as an application hands them to `setSession`. */
export function tokensOf(fragment) {
  return {
    access_token: fragment.get('access_token'),
    refresh_token: fragment.get('refresh_token'),
  };
}
