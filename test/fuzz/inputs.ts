import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '#test/lib/runtimes.ts';

const PATH = join(repoRoot, 'test/fuzz/inputs.json');

/** How many inputs were tried over time, by target, in runs that keep what they find. */
export function addInputs(target: string, count: number): void {
  const before = existsSync(PATH)
    ? (JSON.parse(readFileSync(PATH, 'utf8')) as { targets: Record<string, number> }).targets
    : {};
  const targets = { ...before, [target]: (before[target] ?? 0) + count };
  const sorted = Object.fromEntries(Object.entries(targets).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const total = Object.values(sorted).reduce((sum, each) => sum + each, 0);
  writeFileSync(PATH, `${JSON.stringify({ total, targets: sorted }, null, 2)}\n`);
}
