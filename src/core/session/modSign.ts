import { readTextIfAny } from '#core/base/files/readFile.ts';
import { sessionPaths } from '#core/base/paths.ts';

/** The plugin renews its sign every half minute; after this time it counts as unloaded, or its Claude as stopped. */
const MAX_AGE_MS = 120_000;

/** The version of the plugin that runs in a session's Claude Code at `now` (epoch ms); undefined where none does. */
export function modVersion(dir: string, now: number): string | undefined {
  const [, seconds, version] = /^(\d{1,12}) (\S{1,40})\s/.exec(readTextIfAny(sessionPaths(dir).mod, 200) ?? '') ?? [];
  return Math.abs(now - Number(seconds) * 1000) <= MAX_AGE_MS ? version : undefined;
}
