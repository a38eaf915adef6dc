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
import { startWorkers } from '#core/workers/startWorkers.ts';
import type { SessionState } from '#protocol/state.ts';
import { cleanEnv } from './cleanEnv.ts';
import { eventsOf, stateOf } from './readSession.ts';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

/** The folder of the built programs. */
export const distFolder = process.env['FERMATA_TEST_DIST'] ?? join(repoRoot, 'dist');
export const cliProgram = join(distFolder, 'fermata.cjs');
export const runnerProgram = join(distFolder, 'hooks', 'runner.cjs');

export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

/** Installs the built programs into a Fermata home. */
export function installPrograms(home: string, distDir = distFolder): void {
  const installed = installRuntime({ home, distDir, nodePath: process.execPath, version: 'test' });
  if (!installed.ok) throw new Error(installed.message);
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

  /** Installs the built programs into the home, from which workers are started. */
  install(): void {
    installPrograms(this.home);
  }

  /** The environment of this stage's programs. */
  env(extra: Record<string, string> = {}): Record<string, string> {
    return cleanEnv(this.root, { FERMATA_HOME: this.home, FERMATA_SESSION_DIR: this.dir, ...extra });
  }

  /** Runs `fermata` as the worker `as`, or with those further variables; never rejects. */
  cli(as: string | Record<string, string>, ...args: string[]): Promise<CommandResult> {
    return this.run(cliProgram, typeof as === 'string' ? { FERMATA_WORKER: as } : as, ...args);
  }

  /** Runs one of the programs to its end. */
  run(program: string, extra: Record<string, string>, ...args: string[]): Promise<CommandResult> {
    return new Promise((resolve) => {
      const options = { env: this.env(extra), cwd: this.project, timeout: 120_000 };
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
    return stateOf(this.dir);
  }

  /** The events in the log file, of one type if `type` is given. */
  events(type?: string): Record<string, unknown>[] {
    return eventsOf(this.dir, type);
  }

  /** Plans the workers of one rule as a prompt would, and publishes the plan. */
  plan(rule: Record<string, unknown>, prompt = 'go', more: { ask?: boolean } = {}): NewEvent {
    const { rules, problems } = parseRules(
      JSON.stringify({ version: 1, rules: [{ name: 'test', prompt: 'go', ...rule }] }),
    );
    if (problems[0] !== undefined) throw new Error(problems[0].message);
    const { home, dir, session, project } = this;
    const event = makePlan({
      home,
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

  /** Starts the workers that can start, with the real runner. */
  start(maxParallel = 4): string[] {
    const { dir, home } = this;
    const log = { dir, state: this.state() };
    return startWorkers({ log, home, maxParallel, env: this.env(), runner: runnerProgram });
  }
}
