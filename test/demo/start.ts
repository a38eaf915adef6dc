/**
 * `npm start`: a demo project in a temporary folder, a real VS Code with the extension, the real Claude Code CLI with
 * a scripted model (so that no account is needed), and scenario 1 at a pace that can be watched. `npm start -- --real`
 * uses the person's own Claude Code instead, after saying what that means. Ctrl-C ends everything that was started.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { approve } from '../../src/core/approval.ts';
import { hasEnded } from '../../src/core/fold/conditions.ts';
import { isAlive } from '../../src/core/processes.ts';
import { readRulesFile } from '../../src/core/rulesFile.ts';
import { conductor, csvFiles, PROMPT, rules } from '../claude/processFiles.ts';
import { Orchestra } from '../lib/orchestra.ts';
import { ensureRuntimes, repoRoot } from '../lib/runtimes.ts';
import { removeTempDirs } from '../lib/tempDir.ts';
import type { Script } from '../lib/modelServer.ts';
import { openEditor, type DemoEditor } from './editor.ts';

const REAL = process.argv.includes('--real');
/** One step of a worker; ten of them make a worker's work. */
const PACE_MS = Number(process.env['FERMATA_DEMO_PACE_MS'] ?? 4000);
const say = (text: string): void => console.log(text);

/** How long the merge waits for the person's click. */
const REVIEW_SECONDS = Number(process.env['FERMATA_DEMO_REVIEW_SECONDS'] ?? 180);

let orchestra: Orchestra | undefined;
let editor: DemoEditor | undefined;
let stopping = false;

/** Ends what was started, in the order in which it depends on one another. */
async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  say('\nEnding the demo…');
  try {
    for (const worker of orchestra?.state.workers.values() ?? [])
      if (!hasEnded(worker) && worker.pid !== undefined && isAlive(worker.pid, worker.startTime) === true)
        process.kill(-worker.pid, 'SIGKILL');
  } catch {
    // no session yet, or it ended by itself
  }
  await editor?.stop();
  await orchestra?.close();
  removeTempDirs();
  process.exit(code);
}

async function main(): Promise<void> {
  if (REAL && !(await agreed())) return;
  say('Preparing the demo: a project, a home of its own, a model that follows a script…');
  await ensureRuntimes();
  const opened = await Orchestra.open(
    slowly((turn) => play(turn)),
    {
      settings: { 'hold.seconds': 600 },
      files: {
        ...csvFiles([4800, 3600, 5200]),
        'README.md': 'A demo project. Watch the Fermata view in the activity bar.\n',
      },
    },
  );
  orchestra = opened;
  const released = (): void => {};
  const play = conductor(opened.project, released);
  const analyze = [process.execPath, join(repoRoot, 'test/claude/workers/analyze.mjs'), '{item}'];
  opened.writeRules(withPace(rules(analyze, true)));
  approve(opened.fermataHome, opened.project, readRulesFile(opened.project)?.sha256 ?? '');
  const env = { FERMATA_HOME: opened.fermataHome };
  editor = await openEditor(opened.project, opened.home, env, join(opened.root, 'profile'));
  say(`\nThe panel is open here:\n  ${editor.where}\n`);
  if (REAL) return playReal(opened);
  for (;;) {
    say(`Claude is told: "${PROMPT}"`);
    const running = opened.run(PROMPT, { timeoutMs: 3_600_000 });
    void opened.until('the session', () => opened.dir, 60_000).then(() => review(opened));
    const result = await running;
    say(`Claude says: ${result.result?.result ?? `nothing (exit code ${result.code})`}`);
    if (process.env['FERMATA_DEMO_ONCE'] === '1') return stop(0);
    await question('\nEnter plays it again, Ctrl-C ends everything. ');
  }
}

/** A block that nobody but the person ends (or its time): the merge waits for a look at the numbers. */
function review(opened: Orchestra): void {
  const text = 'Look at the numbers of the three workers, then click Release: the merge waits for you';
  opened.say({
    t: 'hook',
    worker: 'review',
    event: 'PreToolUse',
    exit: 2,
    stderr: text,
    match: { tool: 'Bash', command: 'sh merge.sh*' },
    ttlMs: REVIEW_SECONDS * 1000,
  });
  say(`Once all workers are done, the merge waits for your click on Release (or ${REVIEW_SECONDS} seconds).`);
}

/** A model that answers as slowly as one does, so that each step can be seen. */
function slowly(script: Script): Script {
  return async (turn) => {
    await new Promise((resolve) => setTimeout(resolve, Math.min(1500, PACE_MS)));
    return script(turn);
  };
}

/** The rule with the workers' pace in their environment. */
function withPace(value: unknown): unknown {
  const file = structuredClone(value) as { rules: { workers: { env?: Record<string, string> }[] }[] };
  for (const rule of file.rules) for (const worker of rule.workers) worker.env = { PACE_MS: String(PACE_MS) };
  return file;
}

async function question(text: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  lines.on('SIGINT', () => void stop(0));
  try {
    return await lines.question(text);
  } finally {
    lines.close();
  }
}

async function agreed(): Promise<boolean> {
  say(
    [
      'With --real the demo uses your own Claude Code, with your account:',
      '  - a demo project and a Fermata home are made in a temporary folder and removed at the end;',
      "  - Fermata's hooks are written to the demo project's .claude/settings.local.json, to no settings of yours;",
      `  - \`claude\` is started there with your own home (${homedir()}): it costs tokens and leaves a transcript in ~/.claude/projects.`,
    ].join('\n'),
  );
  if (!process.stdin.isTTY) {
    say('There is nobody to ask whether that is all right, so nothing was done.');
    return false;
  }
  return /^y/i.test(await question('Go on? [y/N] '));
}

/** The person's own Claude Code in this terminal, interactive. */
async function playReal(opened: Orchestra): Promise<void> {
  mkdirSync(join(opened.project, '.claude'), { recursive: true });
  let claude: string;
  try {
    claude = execFileSync('sh', ['-c', 'command -v claude'], { encoding: 'utf8' }).trim();
  } catch {
    say('There is no `claude` on your PATH. Install Claude Code, or run `npm start` without --real.');
    return stop(1);
  }
  say(`Claude Code starts in this terminal. Type, for example: ${PROMPT}`);
  const child = spawn(claude, [], { cwd: opened.project, stdio: 'inherit', env: process.env });
  child.on('exit', () => void stop(0));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  void stop(1);
});
