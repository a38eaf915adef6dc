import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repoRoot } from '#test/lib/runtimes.ts';

/** The option with which the gate starts a hook. */
const ALONE = '--v8-pool-size=0';

/** What a hook takes that meets the worst logs of 16 MB, as the program beside this one prints it. */
export function worstBench(): void {
  const program = join(repoRoot, 'out', 'worstLogs.mjs');
  const { status } = spawnSync(process.execPath, [ALONE, program], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}
