import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostIdentity } from '#core/base/machine.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { append } from '#core/log/append.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { Uncommitted } from '#protocol/state.ts';
import type { GitWatch } from '#gitWatch/gitWatch.ts';
import { stateOf } from './readSession.ts';
import { tempDir } from './tempDir.ts';
import { waitFor } from './waitFor.ts';

export const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: folder,
    stdio: 'pipe',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  }).toString();

/** A home with sessions whose Claude is this very process, and repositories in which their transcripts show edits. */
export class GitWatchStage {
  readonly root = realpathSync(tempDir('fermata-gitwatch-'));
  readonly home = join(this.root, '.fermata');
  readonly project = join(this.root, 'shop');
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: this.root,
    CLAUDE_CONFIG_DIR: join(this.root, '.claude'),
  };
  #calls = 0;

  constructor() {
    mkdirSync(join(this.home, 'sessions'), { recursive: true });
    mkdirSync(this.project);
  }

  repository(folder = this.project): void {
    mkdirSync(folder, { recursive: true });
    git(folder, 'init', '-q', '-b', 'main');
    writeFileSync(join(folder, 'cart.ts'), 'one\n');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'one');
  }

  transcriptOf = (id: string): string => join(this.root, '.claude', 'projects', 'shop', `${id}.jsonl`);

  session(id: string, cwd = this.project, started = Date.now()): void {
    const dir = sessionDir(this.home, id);
    mkdirSync(dir, { recursive: true });
    mkdirSync(dirname(this.transcriptOf(id)), { recursive: true });
    writeFileSync(sessionPaths(dir).log, `{"t":"open","format":1,"nonce":"${id}"}\n`);
    const transcript = this.transcriptOf(id);
    append(dir, Date.now(), { t: 'session', session: id, cwd, transcript, source: 'startup' });
    const pid = process.pid;
    const of = { pid, startTime: startTimeOf(pid), host: hostIdentity(), started };
    writeSessionInfo(dir, { session: id, project: cwd, ...of });
  }

  /** An agent writes a file, as its transcript shows. */
  edits(path: string, file: string, text: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    this.call(path, { name: 'Write', input: { file_path: file } });
  }

  /** An agent runs a command, as its transcript shows. */
  runs(path: string, cwd: string, command: string): void {
    const from = new Date();
    execFileSync('bash', ['-c', command], {
      cwd,
      stdio: 'pipe',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', ...AUTHOR },
    });
    this.call(path, { name: 'Bash', input: { command } }, { cwd, from });
  }

  call(
    path: string,
    use: { name: string; input: object },
    { cwd = this.project, from = new Date() }: { cwd?: string; from?: Date } = {},
  ): void {
    const id = `toolu_${++this.#calls}`;
    const content = [{ type: 'tool_use', id, ...use }];
    mkdirSync(dirname(path), { recursive: true });
    for (const [at, entry] of [
      [from, { type: 'assistant', message: { id: `m-${id}`, content, stop_reason: 'tool_use' } }],
      [new Date(), { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id }] } }],
    ] as const)
      appendFileSync(path, `${JSON.stringify({ timestamp: at.toISOString(), cwd, ...entry })}\n`);
  }

  known = (id: string): Uncommitted[] => [...stateOf(sessionDir(this.home, id)).uncommitted.values()];
  files = (id: string): string[] =>
    this.known(id).flatMap((entry) => entry.files.map(({ path, status = '' }) => `${status}:${path}`));

  /** Lets the watch look until a condition holds. */
  until = async (watch: GitWatch, describe: string, condition: () => boolean, timeoutMs = 30_000): Promise<void> =>
    void (await waitFor(
      () => {
        watch.look();
        return condition();
      },
      { describe, timeoutMs, intervalMs: 50 },
    ));

  /** A stand-in for git, first on PATH. */
  program(script: string): void {
    const bin = join(this.root, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'git'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, 'git'), 0o755);
    this.env['PATH'] = `${bin}:${process.env['PATH']}`;
  }
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 't',
  GIT_AUTHOR_EMAIL: 't@example.org',
  GIT_COMMITTER_NAME: 't',
  GIT_COMMITTER_EMAIL: 't@example.org',
};
