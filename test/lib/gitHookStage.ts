import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostIdentity } from '#core/base/machine.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { publish } from '#core/session/publish.ts';
import { cleanEnv } from './cleanEnv.ts';
import { installPrograms } from './fermata.ts';
import { eventsOf } from './readSession.ts';
import { tempDir } from './tempDir.ts';

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** A person's home with the installed programs, a repository, and sessions at work in it. */
export class GitHookStage {
  readonly root = realpathSync(tempDir('fermata-githooks-'));
  readonly home = join(this.root, '.fermata');
  readonly project = join(this.root, 'shop');
  readonly #claudes: ChildProcess[] = [];

  constructor(settings: Record<string, unknown> = {}) {
    mkdirSync(this.home, { recursive: true });
    writeFileSync(homePaths(this.home).settings, JSON.stringify({ git: 'hold', ...settings }));
    installPrograms(this.home);
  }

  env(extra: Record<string, string> = {}): Record<string, string> {
    const git = { GIT_CONFIG_GLOBAL: join(this.root, 'gitconfig'), GIT_CONFIG_NOSYSTEM: '1' };
    return cleanEnv(this.root, { CLAUDE_CONFIG_DIR: join(this.root, '.claude'), ...git, ...extra });
  }

  /** Runs a program in the project, or in another folder; never throws. */
  run(argv: string[], { cwd = this.project, env = {} }: { cwd?: string; env?: Record<string, string> } = {}): Ran {
    const [program = '', ...args] = argv;
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, env: this.env(env), timeout: 120_000 });
    return { code: status, out: stdout.toString(), err: stderr.toString() };
  }

  sh = (text: string, options: { cwd?: string; env?: Record<string, string> } = {}): Ran =>
    this.run(['sh', '-c', text], options);

  git(...args: string[]): string {
    const { code, out, err } = this.run(['git', ...args]);
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${err}`);
    return out;
  }

  fermata = (...args: string[]): Ran => this.run([join(this.home, 'bin', 'fermata'), ...args]);

  /** The repository, with one commit. */
  repository(folder = this.project): void {
    mkdirSync(folder, { recursive: true });
    const config = '[user]\n\tname = t\n\temail = t@example.org\n[init]\n\tdefaultBranch = main\n';
    writeFileSync(join(this.root, 'gitconfig'), `${config}[protocol "file"]\n\tallow = always\n`);
    for (const text of ['git init -q', 'echo one >cart.ts', 'git add -A', 'git commit -q -m one'])
      if (this.sh(text, { cwd: folder }).code !== 0) throw new Error(text);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.project, name)), { recursive: true });
    writeFileSync(join(this.project, name), text);
  }

  /** A session at work. Its Claude is a process of its own, or the one of this pid. */
  session(id: string, pid = this.#claude(), project = this.project): string {
    const dir = sessionDir(this.home, id);
    createLog(dir, Date.now());
    publish(dir, Date.now(), { t: 'session', session: id, cwd: project, source: 'startup' });
    const startTime = startTimeOf(pid);
    const info = { session: id, project, pid, host: hostIdentity(), started: Date.now() };
    writeSessionInfo(dir, { ...info, ...(startTime !== undefined && { startTime }) });
    return dir;
  }

  publish(id: string, ...events: NewEvent[]): void {
    publish(sessionDir(this.home, id), Date.now(), ...events);
  }

  /** A block of commands that fit a pattern, as a guard makes it. */
  guard(id: string, command: string, text = 'wait for the tests'): void {
    const match = { tool: 'Bash', command };
    this.publish(id, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: text, match });
  }

  /** What the git watch knows of an agent of another session. */
  uncommitted(id: string, of: string, names: string[], more: Record<string, unknown> = {}): void {
    const files = names.map((path) => ({ path, status: ' M' }));
    this.publish(id, {
      t: 'uncommitted',
      worker: 'conductor',
      session: of,
      name: 'Refunds',
      root: this.project,
      files,
      hold: true,
      ...more,
    });
  }

  events = (id: string, type?: string): Record<string, unknown>[] => eventsOf(sessionDir(this.home, id), type);

  #claude(): number {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    this.#claudes.push(child);
    return child.pid ?? -1;
  }

  /** Ends the processes that stand for Claude. */
  close(): void {
    for (const child of this.#claudes) child.kill('SIGKILL');
  }
}
