/**
 * `npm start`: a demo project in a temporary folder, a real VS Code with the extension, the real Claude Code CLI with
 * a scripted model (so that no account is needed), and scenario 1 at a pace that can be watched. `npm start -- --real`
 * uses the person's own Claude Code instead, after a confirmation. Ctrl-C ends everything that was started.
 */
import { execFileSync, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { PROMPT } from '#test/claude/processFiles.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { openEditor, type DemoEditor } from './editor.ts';
import { openStage, type DemoStage } from './stage.ts';

const REAL = process.argv.includes('--real');
/** The pace, a limit of time for the person's click, and whether to play only once: for tests of the demo itself. */
const PACE_MS = Number(process.env['FERMATA_DEMO_PACE_MS'] ?? 4000);
const REVIEW_SECONDS = process.env['FERMATA_DEMO_REVIEW_SECONDS'];
const ONCE = process.env['FERMATA_DEMO_ONCE'] === '1';

const print = (text: string): void => console.log(text);

let stage: DemoStage | undefined;
let editor: DemoEditor | undefined;
let stopping = false;

/** Ends everything that was started, dependents first. */
async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  print('\nEnding the demo…');
  try {
    await editor?.stop();
    await stage?.close();
    removeTempDirs();
  } catch (error) {
    console.error(`Not everything could be ended: ${(error as Error).message}`);
    process.exit(1);
  }
  process.exit(code);
}

async function main(): Promise<void> {
  if (REAL && !(await agreed())) return;
  print('Preparing the demo: a project, a home of its own, a model that follows a script…');
  await ensureRuntimes();
  stage = await openStage({
    paceMs: PACE_MS,
    reviewSeconds: REVIEW_SECONDS === undefined ? undefined : Number(REVIEW_SECONDS),
  });
  const { project, home, fermataHome, root } = stage.orchestra;
  editor = await openEditor(project, home, { FERMATA_HOME: fermataHome }, join(root, 'profile'));
  print(`\nThe panel is open here:\n  ${editor.location}\n`);
  if (REAL) return playReal(project);
  await editor.opened();
  for (;;) {
    print(`Claude is told: "${PROMPT}"`);
    print('Once all workers are done, the merge waits for your click on Let it run, for as long as you like.');
    const run = await stage.play();
    if (stopping) return;
    print(`Claude says: ${run.result?.result ?? `nothing (exit code ${run.code})`}`);
    if (ONCE) return stop(0);
    await question('\nEnter plays it again, Ctrl-C ends everything. ');
  }
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
  print(
    [
      'With --real the demo uses your own Claude Code, with your account:',
      '  - a demo project and a Fermata home are made in a temporary folder and removed at the end;',
      "  - Fermata's hooks are written to the demo project's .claude/settings.local.json, to no settings of yours;",
      `  - \`claude\` is started there with your own home (${homedir()}): it costs tokens and leaves a transcript in ~/.claude/projects.`,
    ].join('\n'),
  );
  if (!process.stdin.isTTY) {
    print('There is nobody to ask whether that is all right, so nothing was done.');
    return false;
  }
  return /^y/i.test(await question('Go on? [y/N] '));
}

/** The person's own Claude Code in this terminal, interactive. */
async function playReal(project: string): Promise<void> {
  let claude: string;
  try {
    claude = execFileSync('sh', ['-c', 'command -v claude'], { encoding: 'utf8' }).trim();
  } catch {
    print('There is no `claude` on your PATH. Install Claude Code, or run `npm start` without --real.');
    return stop(1);
  }
  print(`Claude Code starts in this terminal. Type, for example: ${PROMPT}`);
  const child = spawn(claude, [], { cwd: project, stdio: 'inherit', env: process.env });
  child.on('exit', () => void stop(0));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  void stop(1);
});
