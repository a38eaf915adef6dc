import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isRunId } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import type { NewEvent } from '#core/log/append.ts';
import { readBytes } from '#core/base/files/readFile.ts';
import { sessionPaths } from '#core/base/paths.ts';

/** Stands for the hash of a plan that is missing or cannot be read. */
const MISSING = 'gone';
/** A hundred workers with long prompts stay far below this. */
const MAX_PLAN_BYTES = 16 << 20;

/** The path of a run's plan.json. Throws on an invalid id. */
export function planPath(dir: string, run: string): string {
  if (!isRunId(run)) throw new Error(`not a run: ${JSON.stringify(run.slice(0, 40))}`);
  return join(sessionPaths(dir).runs, run, 'plan.json');
}

/** The bytes of a run's plan.json. Throws as `readBytes` does. */
export const readPlanBytes = (dir: string, run: string): Buffer => readBytes(planPath(dir, run), MAX_PLAN_BYTES);

/** The hash by which the log announces a plan. */
export const planHash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The `plan` events for plans whose files differ from what was announced, each change once: the fold makes a block at
 * Stop of them. A run that was announced by hand has no file, and that of one that another machine has planned is there.
 */
export function planChanges(dir: string, state: SessionState): NewEvent[] {
  return [...state.runs].flatMap(([run, { sha256, changedTo, via }]): NewEvent[] => {
    if (via !== undefined) return [];
    let currentHash = MISSING;
    try {
      currentHash = planHash(readPlanBytes(dir, run));
    } catch {
      if (!/^[0-9a-f]{64}$/.test(sha256)) return [];
    }
    return currentHash === sha256 || currentHash === changedTo
      ? []
      : [{ t: 'plan', run, sha256: currentHash, workers: [] }];
  });
}
