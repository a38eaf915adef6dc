import { setTimeout as delay } from 'node:timers/promises';
import { subjectText } from '#core/machines/subjects.ts';
import type { ConnectionTestResult } from '#core/machines/connectionTest.ts';
import { nonce } from '#core/base/nonce.ts';
import { readHomeSettings } from './homeSettings.ts';
import type { NatsLink } from './natsLink.ts';

const TIMEOUT_MS = 10_000;
const LOOK_MS = 50;

/** Connects to the server of a home once, and stores a mark in its stream: whether all of it works. */
export async function probe(home: string, timeoutMs = TIMEOUT_MS): Promise<ConnectionTestResult> {
  const { connection, problem, name, space } = readHomeSettings(home);
  // what cannot be used as a URL may be a password
  const server = connection?.servers.join(', ') ?? '';
  if (connection === undefined)
    return { ok: false, server, problem: problem ?? 'no server is named: set fermata.machines.url' };
  const link = new (await import('./natsLink.ts')).NatsLink(connection);
  try {
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += LOOK_MS) {
      const result = link.connected ? await tryOnce(link, space, name) : undefined;
      if (result !== undefined) return { ok: true, server, serverVersion: link.serverVersion, ...result };
      // the first attempt decides
      if (link.problem !== undefined) break;
      await delay(LOOK_MS);
    }
    return {
      ok: false,
      server,
      serverVersion: link.serverVersion,
      problem: link.problem ?? `${server} does not answer`,
    };
  } finally {
    await link.close();
  }
}

async function tryOnce(link: NatsLink, space: string, seat: string): Promise<{ roundTripMs: number } | undefined> {
  try {
    await link.check();
    await link.publish(subjectText(space, { kind: 'marks', seat }), { mark: nonce() });
    return { roundTripMs: await link.roundTrip() };
  } catch {
    return undefined;
  }
}
