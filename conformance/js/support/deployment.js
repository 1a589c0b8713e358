// One server under test: the claviger binary on an engine of its own, with a configuration.

import { execFileSync, spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import pg from 'pg';

const BINARY = process.env.CLAVIGER_BIN;
const POSTGRES = process.env.CLAVIGER_TEST_POSTGRES;
const CONFIGURATIONS = new URL('../../configurations.json', import.meta.url);
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 15_000;

if (!BINARY) throw new Error('CLAVIGER_BIN must name the claviger binary under test');

/** The engines to test on. PostgreSQL is one of them when CLAVIGER_TEST_POSTGRES names a server. */
export const ENGINES = POSTGRES ? ['sqlite', 'postgres'] : ['sqlite'];

// A run that is cut short must leave neither servers nor their folders behind.
const existing = new Set();
process.once('exit', () => existing.forEach((deployment) => deployment.abandon()));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

export class Deployment {
  #engine;
  #environment;
  #folder;
  #database;
  #process;
  #log;

  /** `configuration` is a name of configurations.json, or null for none: development mode. */
  static async create({ engine, configuration, mailbox }) {
    const deployment = new Deployment();
    deployment.#engine = engine;
    deployment.#folder = await mkdtemp(join(tmpdir(), 'claviger-js-'));
    existing.add(deployment);
    deployment.#environment = configuration === null ? {} : await settings(configuration, mailbox);
    if (engine === 'postgres') {
      deployment.#database = `claviger_js_${randomBytes(6).toString('hex')}`;
      await administer(`CREATE DATABASE ${deployment.#database}`);
    }
    await deployment.start();
    return deployment;
  }

  async start() {
    const logs = process.env.CLAVIGER_TEST_LOGS ?? this.#folder;
    this.#log = createWriteStream(join(logs, this.#name()));
    this.#process = spawn(BINARY, this.#arguments(), {
      env: { PATH: process.env.PATH, HOME: this.#folder, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaint = '';
    this.#process.stderr.on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-4000);
      this.#log.write(chunk);
    });
    const announcement = await firstLine(this.#process, () => complaint);
    this.announcement = JSON.parse(announcement);
    this.url = this.announcement.url;
    this.anonKey = this.announcement.anon_key;
    this.serviceKey = this.announcement.service_key;
    this.inboxUrl = this.announcement.inbox_url;
    this.managementUrl = this.announcement.management_url;
  }

  /** Asks the server to end, as an operator does, and waits until it has ended. */
  async stop() {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(insist);
    }
    await new Promise((closed) => this.#log.end(closed));
  }

  /** A token that the application has signed itself, with the secret that it shares. */
  signed(claims) {
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    const signature = createHmac('sha256', this.#environment.GOTRUE_JWT_SECRET).update(content);
    return `${content}.${signature.digest('base64url')}`;
  }

  /** The key that the operator has given to the authorization API. */
  get presharedKey() {
    return this.#environment.CLAVIGER_OPENFGA_PRESHARED_KEYS;
  }

  /** Stops the server and removes everything that it has kept. */
  async remove() {
    await this.stop();
    if (this.#database) await administer(`DROP DATABASE ${this.#database} WITH (FORCE)`);
    await rm(this.#folder, { recursive: true, force: true });
    existing.delete(this);
  }

  /**
   * Runs `during` while the server runs and its database is away: PostgreSQL ends every connection
   * and takes none to this database, SQLite is on a disk that stores not one byte more.
   */
  async withoutDatabase(during) {
    await this.#takeDatabase();
    try {
      await during();
    } finally {
      await this.#giveDatabaseBack();
    }
  }

  /** Ends without waiting for anything. */
  abandon() {
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #takeDatabase() {
    if (!this.#database) return this.#limitFiles('0');
    await administer(`ALTER DATABASE ${this.#database} WITH ALLOW_CONNECTIONS false`);
    await administer(
      `SELECT pg_terminate_backend(pid, ${STOP_LIMIT_MS}) FROM pg_stat_activity
       WHERE datname = '${this.#database}'`,
    );
  }

  async #giveDatabaseBack() {
    if (!this.#database) return this.#limitFiles('unlimited');
    await administer(`ALTER DATABASE ${this.#database} WITH ALLOW_CONNECTIONS true`);
  }

  /** No file of the server may grow beyond this; what it has open is bound by it as well. */
  #limitFiles(bytes) {
    execFileSync('prlimit', ['--pid', String(this.#process.pid), `--fsize=${bytes}:`]);
  }

  #arguments() {
    const common = ['serve', '--json', '--listen', '127.0.0.1:0', '--data', this.#folder];
    return this.#database ? [...common, '--database', `${POSTGRES}/${this.#database}`] : common;
  }

  #name() {
    return `${this.#engine}-${process.pid}-${randomBytes(4).toString('hex')}.log`;
  }
}

async function settings(name, mailbox) {
  const configurations = JSON.parse(await readFile(CONFIGURATIONS, 'utf8'));
  if (!configurations[name]) throw new Error(`configurations.json has no ${name}`);
  const placeholders = {
    '<jwt secret>': randomBytes(48).toString('base64url'),
    '<smtp port>': String(mailbox.port),
    '<es256 keys>': JSON.stringify([signingKey()]),
    '<preshared key>': randomBytes(24).toString('base64url'),
  };
  const chosen = { ...configurations.common, ...configurations[name] };
  return Object.fromEntries(
    Object.entries(chosen).map(([key, value]) => [key, placeholders[value] ?? value]),
  );
}

/** A key with an id of its own: clients of one process remember the keys of all servers by id. */
function signingKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `conformance-${randomBytes(4).toString('hex')}`;
  const key_ops = ['sign', 'verify'];
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'ES256', key_ops };
}

async function administer(statement) {
  const connection = new pg.Client({ connectionString: `${POSTGRES}/postgres` });
  await connection.connect();
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}

function firstLine(child, complaint) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${BINARY} printed no line in ${START_LIMIT_MS} ms:\n${complaint()}`));
    }, START_LIMIT_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      reject(new Error(`${BINARY} ended at its start (${code ?? signal}):\n${complaint()}`));
    });
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(limit);
      child.removeAllListeners('exit');
      child.stdout.resume();
      resolve(line);
    });
  });
}
