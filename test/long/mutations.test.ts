import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

// A scenario that cannot go red proves nothing: each line here breaks the one thing that a scenario is about, in a copy
// of the repository, and expects that very scenario to fail.

const MUTATIONS: [scenario: string, file: string, from: string, to: string][] = [
  ['scenario 1', 'src/core/fold/plans.ts', 'planned.guard ?? []', '[]'],
  ['scenario 1', 'hooks/delivery.ts', "notes.filter((note) => note.kind === 'rewrite')", '[]'],
  [
    'scenario 2',
    'src/core/policy/activeBlocks.ts',
    'return [...state.watches.values()].some',
    'return false && [...state.watches.values()].some',
  ],
  ['scenario 3', 'hooks/handlers/stop.ts', 'const MAX_REFUSALS = 3', 'const MAX_REFUSALS = 7'],
  ['scenario 3', 'src/core/fold/workers.ts', 'if (event.critical !== true)', 'if (true)'],
  ['scenario 3', 'hooks/reply.ts', "/no such file|can't open/i", '/nothing of the kind/'],
  ['scenario 4', 'src/core/fold/blocks.ts', "add('warn', warning", "add('inform', warning"],
  ['scenario 5', 'src/core/policy/match/commandLine.ts', 'lex(text, SEPARATOR).lexemes', '[]'],
  ['scenario 6', 'src/core/fold/hookMessage.ts', "json['reason'],", ''],
  ['scenario 7', 'hooks/handlers/postToolUse.ts', 'return { events };', 'return { events, keepNotes: true };'],
  ['scenario 8', 'src/core/fold/ballots.ts', "if (decision !== 'abort')", "if (decision === 'never')"],
  ['scenario 9', 'src/core/fold/locks.ts', 'lock.holders.length === 0 ||', 'true ||'],
  ['scenario 10', 'src/core/session/flags.ts', 'of flags) {', 'of [] as typeof flags) {'],
  [
    'scenario 11',
    'src/core/workers/killWorker.ts',
    'for (const pid of membersOf(target)) sendSignal(pid, signal);',
    'if (target.pid !== undefined) sendSignal(target.pid, signal); return;',
  ],
  [
    'scenario 12',
    'src/core/policy/activeBlocks.ts',
    '|| !isActive(block, now)) continue;',
    '|| !isActive(block, now) || block.deniedCount > 0) continue;',
  ],
  ['scenario 13', 'src/core/policy/activeBlocks.ts', 'if (agentId !== undefined) return false;', ''],
  [
    'scenario 14',
    'hooks/resolveSession.ts',
    'previous !== undefined && hasOpenWork(',
    'previous === null && hasOpenWork(',
  ],
];

let copy: string;

beforeAll(async () => {
  await ensureRuntimes();
  copy = join(tempDir('fermata-mutations-'), 'repository');
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: repoRoot, encoding: 'utf8' })
    .trim()
    .split('\n');
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(repoRoot, file), join(copy, file));
  }
  for (const modules of ['node_modules', 'test/runtimes/node_modules'])
    symlinkSync(join(repoRoot, modules), join(copy, modules));
});
afterAll(removeTempDirs);

/** Builds the copy and runs one scenario there; true if it passes. */
async function passes(scenario: string): Promise<boolean> {
  const run = promisify(execFile);
  await run(process.execPath, ['esbuild.mjs'], { cwd: copy });
  const vitest = join(repoRoot, 'node_modules/vitest/vitest.mjs');
  try {
    await run(
      process.execPath,
      [vitest, 'run', '--project', 'claude', '-t', `${scenario}:`, '--bail=1', '--testTimeout=25000'],
      { cwd: copy },
    );
    return true;
  } catch {
    return false;
  }
}

test('the copy is sound: a scenario passes in it unbroken', async () => {
  expect(await passes('scenario 12')).toBe(true);
});

test.each(MUTATIONS)('%s goes red when %s is broken: %s', async (scenario, file, from, to) => {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  expect(text, 'the line to break is still there').toContain(from);
  writeFileSync(path, text.replace(from, to));
  try {
    expect(await passes(scenario)).toBe(false);
  } finally {
    writeFileSync(path, text);
  }
});
