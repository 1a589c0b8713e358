// Waiting for something that happens soon, with a limit and a name for what did not happen.

import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;
export const PATIENCE_MS = 10_000;

/** Polls `probe` until it returns something else than undefined; fails by name after the limit. */
export async function eventually(what, probe, withinMs = PATIENCE_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await pause(POLL_MS);
  }
}
