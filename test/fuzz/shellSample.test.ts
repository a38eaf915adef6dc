import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fitCommand } from '#core/policy/shell/commandPattern.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { readCorpus } from './corpus.ts';

afterAll(removeTempDirs);

/** The version of bash that prints what it has read, without running it: 5.2 and newer; undefined for another one, or none. */
const { stdout } = spawnSync('bash', ['-c', 'echo "${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}"'], {
  encoding: 'utf8',
});
const canPrint = Number(stdout) >= 5.2;

/** What bash makes of a text, in its own layout; undefined where it finds an error in it. Nothing of it runs. */
function asBashReadsIt(path: string, text: string): string | undefined {
  writeFileSync(path, text);
  if (spawnSync('bash', ['-n', path], { encoding: 'utf8', timeout: 20_000 }).status !== 0) return undefined;
  const printed = spawnSync('bash', ['--pretty-print', path], { encoding: 'utf8', timeout: 20_000 });
  return printed.status === 0 && printed.stderr === '' ? printed.stdout : undefined;
}

/** Two processes for each. */
const EVERY = sized(8, 1);

const place = { cwd: '/p', root: '/p' };
const PATTERNS = ['git merge*', 'git *', 'npm run deploy'];

/** Which patterns fit. What cannot be read fits by its words, so it is compared only where bash’s layout has the same. */
const fits = (text: string): string[] => {
  const reading = readCommand(text);
  return PATTERNS.filter((pattern) => fitCommand(pattern, reading, place)?.kind === 'runs');
};

test.skipIf(!canPrint)('what fuzzing has kept of shell commands means the same in the layout of a real bash', () => {
  const path = join(tempDir(), 'command.sh');
  const all = readCorpus(join(repoRoot, 'test/fuzz/corpus'), 'shell')
    .map((input) => input.toString('utf8'))
    // bash prints a name there, which before a simple command would be its program
    .filter((text, i) => !text.includes('coproc') && i % EVERY === 0);
  let compared = 0;
  const different: unknown[] = [];
  for (const text of all) {
    const printed = asBashReadsIt(path, text);
    if (printed === undefined) continue;
    compared++;
    const [ours, bash] = [fits(text), fits(printed)];
    if (ours.join() !== bash.join()) different.push({ text, printed, ours, bash });
  }
  expect(different).toEqual([]);
  expect(compared).toBeGreaterThan(all.length / 4);
});
