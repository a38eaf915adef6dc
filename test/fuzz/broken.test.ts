import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { sized } from '#test/lib/stress/size.ts';
import { BREAKS } from './breaks.ts';
import { buildFuzz } from './build.mjs';
import { runFuzz } from './runFuzz.ts';

/** What is found is found within so many inputs. */
const INPUTS = sized(20_000, 60_000);
const all = Object.entries(BREAKS);
/** The others take longer: each is a program of its own. */
const QUICK = ['blocks', 'rules', 'jsonc', 'glob', 'commandLine', 'messages'];
const tried = all.filter(([target]) => sized(QUICK, Object.keys(BREAKS)).includes(target));

test.each(tried)('fuzzing finds that %s is broken', async (target, broken) => {
  const program = join(repoRoot, `out/broken/${target}.mjs`);
  await buildFuzz(program, [broken]);
  const { code, output } = await runFuzz(program, '--seed', '1', '--inputs', String(INPUTS), target);
  expect(output).toContain(`${target}: seed 1, input `);
  expect(code).toBe(1);
});
