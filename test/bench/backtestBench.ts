import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { cliProgram, installPrograms } from '#test/lib/fermata.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { PastSession } from '#test/lib/recordedSession.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { median, print } from './figure.ts';

const SESSIONS = 100;
const TURNS = 10;
const CALLS_OF_TURN = 30;
const LIMIT_SECONDS = 5;

/** A policy of a block with a pattern, a lock and rules, tried on a hundred sessions with 300 calls each. */
export function backtestBench(): void {
  const root = tempDir('fermata-bench-');
  const home = join(root, 'fermata');
  installPrograms(home);
  const project = join(root, 'project');
  for (let i = 0; i < SESSIONS; i++) writeSessionOf(new PastSession(root, project, `past-${i}`, home));
  const env = cleanEnv(root, { FERMATA_HOME: home });
  const tried = ['--tool', 'Bash', '--command', 'git push*', '--lock', 'file:src/a.ts', '--json'];
  const seconds = [1, 2, 3].map(() => {
    const started = performance.now();
    const { stdout, stderr } = spawnSync(process.execPath, [cliProgram, 'rules', 'try', ...tried], {
      env,
      cwd: project,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const took = (performance.now() - started) / 1000;
    const { totals } = JSON.parse(stdout || '{}') as { totals?: { judged: number } };
    if (totals === undefined || totals.judged < SESSIONS * TURNS * CALLS_OF_TURN)
      throw new Error(stderr || stdout.slice(0, 500));
    return took;
  });
  const value = Number(median(seconds).toFixed(2));
  print({ name: `backtest-${SESSIONS}-sessions`, value, unit: 's', limit: LIMIT_SECONDS, ok: value <= LIMIT_SECONDS });
}

function writeSessionOf(past: PastSession): void {
  for (let turn = 0; turn < TURNS; turn++) {
    const start = turn * 100;
    past.prompt(start, `go on with step ${turn}`).log(start, { t: 'turn', state: 'working' });
    for (let i = 0; i < CALLS_OF_TURN; i++) {
      const at = start + 1 + i * 2;
      if (i % 3 === 0)
        past.call(at, 'Bash', { command: `cd src && npm test -- --grep "case ${i}" | tail -n 5`, description: 'Run' });
      else if (i % 3 === 1)
        past.call(at, 'Edit', {
          file_path: join(past.project, `src/${i}.ts`),
          old_string: 'a',
          new_string: 'b'.repeat(500),
        });
      else past.call(at, 'Read', { file_path: join(past.project, `src/${i}.ts`) });
    }
    past.stop(start + 90).log(start + 90, { t: 'turn', state: 'idle' });
  }
}
