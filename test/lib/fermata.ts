import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { makePlan } from '#core/plans/plan.ts';
import { matchRules } from '#core/plans/rules/promptRules.ts';
import { parseRules } from '#core/plans/rules/rules.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';
import type { SessionState } from '#protocol/state.ts';
import { cleanEnv } from './cleanEnv.ts';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

/** Where the built programs are. */
const dist = process.env['FERMATA_TEST_DIST'] ?? join(repoRoot, 'dist');
export const cliProgram = join(dist, 'fermata.cjs');
export const runnerProgram = join(dist, 'hooks', 'runner.cjs');

export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

/** A Fermata home with one session, a project folder, and the real programs to act on them. */
export class Stage {
  readonly root = tempDir();
  readonly home = join(this.root, 'fermata');
  readonly project = join(this.root, 'project');
  readonly session = 'test-session';
  readonly dir = sessionDir(this.home, this.session);

  constructor(settings: Record<string, unknown> = {}) {
    mkdirSync(this.project, { recursive: true });
    createLog(this.dir, Date.now());
    writeFileSync(homePaths(this.home).settings, JSON.stringify({ 'workers.abortGraceSeconds': 1, ...settings }));
    publish(this.dir, Date.now(), { t: 'session', session: this.session, cwd: this.project });
  }

  /** Puts the built programs into the home: what starts workers looks for them there. */
  install(): void {
    const installed = installRuntime({ home: this.home, distDir: dist, nodePath: process.execPath, version: 'test' });
    if (!installed.ok) throw new Error(installed.message);
  }

  /** What a program of this stage sees of the world. */
  env(extra: Record<string, string> = {}): Record<string, string> {
    return cleanEnv(this.root, { FERMATA_HOME: this.home, FERMATA_SESSION_DIR: this.dir, ...extra });
  }

  /** Runs the command as a worker, or with an environment of the test's own; never rejects. */
  cli(who: string | Record<string, string>, ...args: string[]): Promise<CommandResult> {
    return this.run(cliProgram, typeof who === 'string' ? { FERMATA_WORKER: who } : who, ...args);
  }

  /** Runs one of the programs to its end. */
  run(program: string, extra: Record<string, string>, ...args: string[]): Promise<CommandResult> {
    return new Promise((resolve) => {
      const options = { env: this.env(extra), cwd: this.project, timeout: 30_000 };
      const child = execFile(process.execPath, [program, ...args], options, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
      );
      child.stdin?.end();
    });
  }

  publish(...events: NewEvent[]): void {
    publish(this.dir, Date.now(), ...events);
  }

  state(): SessionState {
    const log = new SessionLog(this.dir);
    log.refresh();
    return log.state;
  }

  /** Plans the workers of one rule as a prompt would, and says so. */
  plan(rule: Record<string, unknown>, prompt = 'go', more: { ask?: boolean } = {}): NewEvent {
    const { rules, problems } = parseRules(
      JSON.stringify({ version: 1, rules: [{ name: 'test', prompt: 'go', ...rule }] }),
    );
    if (problems[0] !== undefined) throw new Error(problems[0].message);
    const { dir, session, project } = this;
    const event = makePlan({
      dir,
      session,
      project,
      matches: matchRules(rules, prompt).matches,
      now: Date.now(),
      ...more,
    });
    this.publish(event);
    return event;
  }

  /** Starts what may start, with the real runner. */
  start(maxParallel = 4): string[] {
    const { dir, home } = this;
    const log = { dir, state: this.state() };
    return startWorkers({ log, home, maxParallel, env: this.env(), runner: runnerProgram });
  }
}
