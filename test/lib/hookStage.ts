import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { SessionState } from '#protocol/state.ts';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

export interface HookResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const PROGRAMS = ['gate.sh', 'hook.cjs', 'turn.cjs', 'spawn.cjs'];

/** A Fermata home with the built gate and hook program, and a way to fire them as Claude Code would. */
export class HookStage {
  readonly root = tempDir();
  readonly home = join(this.root, '.fermata');
  readonly project = join(this.root, 'project');
  readonly session = 'session-1';

  constructor(settings: Record<string, unknown> = { 'hold.seconds': 0 }) {
    for (const dir of [join(this.home, 'hooks'), this.project]) mkdirSync(dir, { recursive: true });
    for (const file of PROGRAMS) cpSync(join(repoRoot, 'dist/hooks', file), join(this.home, 'hooks', file));
    writeFileSync(join(this.home, 'runtime'), `${process.execPath}\n`);
    this.settings(settings);
  }

  get dir(): string {
    return join(this.home, 'sessions', this.session);
  }

  get state(): SessionState {
    const log = new SessionLog(this.dir);
    log.refresh();
    return log.state;
  }

  /** The events of the log, as they are in the file. */
  get events(): Record<string, unknown>[] {
    const lines = readFileSync(join(this.dir, 'events.jsonl'), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** What Fermata wrote about its own failures. */
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

  /** Fires an event and reads what is answered. */
  async answer(event: HookEvent, more: object = {}): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.fire(event, more);
    if (code !== 0 || stderr !== '') throw new Error(`${event}: exit code ${code}: ${stderr}`);
    return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  }

  /** Runs the gate with this on its standard input. */
  run(
    event: string,
    payload: unknown,
    env: Record<string, string | undefined> = {},
    timeout = '60',
  ): Promise<HookResult> & { kill: (signal?: NodeJS.Signals) => void; pid: number } {
    const all = {
      PATH: process.env['PATH'],
      HOME: this.root,
      CLAUDE_CODE_SESSION_ID: this.session,
      CLAUDE_PROJECT_DIR: this.project,
      ...env,
    };
    const child = spawn(join(this.home, 'hooks/gate.sh'), [event, timeout], {
      cwd: this.project,
      env: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    });
    const ran: HookResult = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()));
    child.stdin.on('error', () => {});
    child.stdin.end(typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload));
    const done = new Promise<HookResult>((resolve) => child.on('close', (code) => resolve({ ...ran, code })));
    return Object.assign(done, {
      kill: (signal: NodeJS.Signals = 'SIGTERM') => void child.kill(signal),
      pid: child.pid ?? -1,
    });
  }

  start(more: object = {}): Promise<HookResult> {
    return this.fire('SessionStart', { source: 'startup', ...more });
  }

  publish(...events: NewEvent[]): void {
    publish(this.dir, Date.now(), ...events);
  }
}
