import { readTextIfAny } from '#core/base/files/readFile.ts';
import { sessionPaths } from '#core/base/paths.ts';

/** The plugin renews its sign every half minute; after this time it counts as unloaded, or its Claude as stopped. */
const MAX_AGE_MS = 120_000;

/** The version of the plugin that runs in a session's Claude Code at `now` (epoch ms); undefined where none does. */
export const modVersion = (dir: string, now: number): string | undefined => freshSign(dir, now)?.version;

/** Whether the plugin wakes the session when it is idle. */
export const modWakes = (dir: string, now: number): boolean => freshSign(dir, now)?.rest.trim() === 'wakes';

function freshSign(dir: string, now: number): { version: string; rest: string } | undefined {
  const text = readTextIfAny(sessionPaths(dir).mod, 200) ?? '';
  const [, seconds, version = '', rest = ''] = /^(\d{1,12}) (\S{1,40})\s(.*)/.exec(text) ?? [];
  return Math.abs(now - Number(seconds) * 1000) <= MAX_AGE_MS ? { version, rest } : undefined;
}
