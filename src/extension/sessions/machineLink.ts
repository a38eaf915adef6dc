import { bridgeProcess, ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { sessionLink, type SessionLink } from '#core/machines/sessionLink.ts';
import { recordedRuntime } from '#core/install/runtimeFiles.ts';

/** A bridge that has been started a moment ago is about to connect: until then what was known last counts. */
const START_MS = 5000;

/** Since when the bridge of a home does not run, epoch ms. */
const missing = new Map<string, number>();

/**
 * How a session is connected with other machines; undefined for one that is not shared.
 * @param keeps whether the bridge is kept running for it
 */
export function machineLink(home: string, dir: string, now: number, keeps: boolean): SessionLink | undefined {
  if (keeps) {
    const { node, env } = recordedRuntime(home) ?? {};
    ensureBridgeFor(dir, home, { ...process.env, ...env }, node);
  }
  const link = sessionLink(home, dir, now);
  if (link === undefined || link.connected) return link;
  if (bridgeProcess(home).isAlive(now)) missing.delete(home);
  else if (!missing.has(home)) missing.set(home, now);
  const sinceTs = missing.get(home) ?? link.sinceTs ?? now;
  if (!keeps || now - sinceTs >= START_MS) return link;
  return { ...link, connected: true, problem: null, machines: [...new Set([...Object.keys(link.heard), link.seat])] };
}
