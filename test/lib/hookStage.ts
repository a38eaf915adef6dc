import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { SessionState } from '#protocol/state.ts';
import { eventsOf, stateOf } from './readSession.ts';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

export interface HookResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

type Env = Record<string, string | undefined>;

/** A hook that runs: it resolves when the hook has ended. */
type RunningHook = Promise<HookResult> & { kill: (signal?: NodeJS.Signals) => void; pid: number };

const inputOf = (payload: unknown): string | Buffer =>
  typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);

/** Runs the gate of the Fermata home at `home` as Claude Code does, with `payload` on its standard input. */
export function runGate(
  home: string,
  [event, timeout = '60']: [event: string, timeout?: string],
  payload: unknown,
  options: { cwd: string; env: Env },
): RunningHook {
  const child = spawn(join(home, 'hooks/gate.sh'), [event, timeout], options);
  const ran: HookResult = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()));
  // a gate that is not there; the exit code is negative then
  child.on('error', (error) => (ran.stderr += error.message));
  // a hook that ends without reading its payload closes the pipe
  child.stdin.on('error', () => {});
  child.stdin.end(inputOf(payload));
  const ended = new Promise<HookResult>((resolve) => child.on('close', (code) => resolve({ ...ran, code })));
  return Object.assign(ended, {
    kill: (signal: NodeJS.Signals = 'SIGTERM') => void child.kill(signal),
    pid: child.pid ?? -1,
  });
}

/** The files of `dist/hooks` that a hook runs. */
export const HOOK_FILES = [
  'gate.sh',
  'gate.sh.program',
  'hook.cjs',
  'programs.cjs',
  'shell.cjs',
  'git.cjs',
  'secrets.cjs',
  'status-line.sh',
  'mod.cjs',
];

/** A Fermata home with the built gate and hook program, and a way to fire them as Claude Code would. */
export class HookStage {
  readonly root = tempDir();
  readonly home: string;
  readonly project = join(this.root, 'project');
  readonly session = 'session-1';

  /** `folder` is the name of the person's home, with the Fermata home in it. */
  constructor(settings: Record<string, unknown> = { 'hold.seconds': 0 }, folder = '') {
    this.home = join(this.root, folder, '.fermata');
    for (const dir of [join(this.home, 'hooks'), this.project]) mkdirSync(dir, { recursive: true });
    for (const file of HOOK_FILES) cpSync(join(repoRoot, 'dist/hooks', file), join(this.home, 'hooks', file));
    writeFileSync(join(this.home, 'runtime'), `${process.execPath}\n`);
    this.settings(settings);
  }

  get dir(): string {
    return join(this.home, 'sessions', this.session);
  }

  get gate(): string {
    return join(this.home, 'hooks/gate.sh');
  }

  /** The environment that Claude Code gives to its hooks. */
  get env(): Env {
    return {
      PATH: process.env['PATH'],
      HOME: this.root,
      CLAUDE_CODE_SESSION_ID: this.session,
      CLAUDE_PROJECT_DIR: this.project,
    };
  }

  get state(): SessionState {
    return stateOf(this.dir);
  }

  /** The events in the log file. */
  get events(): Record<string, unknown>[] {
    return eventsOf(this.dir);
  }

  /** The errors that the hooks recorded. */
  get errorLog(): string {
    const file = join(this.home, 'logs/hook.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  settings(settings: Record<string, unknown>): void {
    writeFileSync(join(this.home, 'settings.json'), JSON.stringify(settings));
  }

  payload(event: HookEvent, more: object = {}): Record<string, unknown> {
    const { session, project } = this;
    return { session_id: session, hook_event_name: event, cwd: project, transcript_path: '/t.jsonl', ...more };
  }

  /** Fires an event of this session with these fields in its payload. */
  fire(event: HookEvent, more: object = {}, env: Record<string, string> = {}): Promise<HookResult> {
    return this.run(event, this.payload(event, more), env);
  }

  /** Fires an event and parses the hook's answer. Throws if the hook fails. */
  async answer(event: HookEvent, more: object = {}): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.fire(event, more);
    if (code !== 0 || stderr !== '') throw new Error(`${event}: exit code ${code}: ${stderr}`);
    return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  }

  /** Runs the gate with `payload` on its standard input; a variable of `env` that is undefined is not set. */
  run(event: string, payload: unknown, env: Env = {}, timeout = '60'): RunningHook {
    return runGate(this.home, [event, timeout], payload, { cwd: this.project, env: { ...this.env, ...env } });
  }

  /** Runs a program that ends in a hook, such as a shell that takes something away first. */
  runVia(
    [program, ...args]: [program: string, ...args: string[]],
    payload: unknown,
    options: { cwd?: string; env?: Env; uid?: number; gid?: number } = {},
  ): HookResult {
    const env = { ...this.env, ...options.env };
    const { status, stdout, stderr } = spawnSync(program, args, {
      ...options,
      env,
      input: inputOf(payload),
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  }

  start(more: object = {}): Promise<HookResult> {
    return this.fire('SessionStart', { source: 'startup', ...more });
  }

  publish(...events: NewEvent[]): void {
    publish(this.dir, Date.now(), ...events);
  }
}
