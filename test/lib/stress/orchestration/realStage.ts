import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { distFolder, installPrograms } from '#test/lib/fermata.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { clockEnv } from './movedClock.ts';

/** Epoch ms by a clock that is not set, with fractions; the workers' own shells read the system's. */
export const clock = (): number => performance.timeOrigin + performance.now();

export interface ProgramRun {
  /** Null where it was killed. */
  code: number | null;
  stdout: string;
  stderr: string;
  began: number;
  ended: number;
}

/** A project and a home with the installed programs, which are run as Claude Code and workers run them. */
export class RealStage {
  readonly root = tempDir('fermata-orchestra-');
  readonly person = join(this.root, 'person');
  readonly home = join(this.person, '.fermata');
  readonly project = join(this.root, 'project');
  readonly outside = join(this.root, 'outside');
  readonly session = 'orchestra';
  readonly dir = sessionDir(this.home, this.session);
  /** Hours by which the clock of a program may be wrong; chosen anew for each. */
  clockShift: () => number = () => 0;
  readonly #mounted: boolean;

  /** The folder of the built programs. */
  readonly dist: string;

  /** @param diskKb the size of the home's own disk, where there is the right to mount one; without it the home is on the common one */
  constructor(settings: Record<string, unknown>, diskKb?: number, dist = distFolder) {
    this.dist = dist;
    for (const dir of [this.home, this.project, this.outside, join(this.person, '.claude')])
      mkdirSync(dir, { recursive: true });
    this.#mounted = diskKb !== undefined && mount(this.home, diskKb);
    writeFileSync(join(this.outside, 'keep'), 'keep');
    writeFileSync(join(this.person, '.claude', 'settings.json'), '{}');
    installPrograms(this.home, dist);
    writeFileSync(homePaths(this.home).settings, JSON.stringify(settings));
  }

  /** Whether the home has a disk of its own, which can be filled. */
  get hasOwnDisk(): boolean {
    return this.#mounted;
  }

  close(): void {
    if (this.#mounted) execFileSync('umount', ['--lazy', this.home]);
  }

  env(extra: Record<string, string> = {}): Record<string, string> {
    return cleanEnv(this.person, { FERMATA_HOME: this.home, ...extra });
  }

  /** Fires an event of the session as Claude Code does, through the gate. */
  async hook(event: HookEvent, more: object = {}): Promise<ProgramRun> {
    const { home, session, project } = this;
    const payload = { session_id: session, hook_event_name: event, cwd: project, transcript_path: '/t.jsonl', ...more };
    const env = this.env({
      CLAUDE_CODE_SESSION_ID: session,
      CLAUDE_PROJECT_DIR: project,
      ...clockEnv(this.clockShift()),
    });
    const began = clock();
    const run = await runGate(home, [event], payload, { cwd: project, env });
    return { ...run, began, ended: clock() };
  }

  /** Runs the installed `fermata` as a worker of the session. */
  cli(worker: string, ...args: string[]): Promise<ProgramRun> {
    const env = this.env({ FERMATA_SESSION_DIR: this.dir, FERMATA_WORKER: worker, ...clockEnv(this.clockShift()) });
    const began = clock();
    return new Promise((resolve) => {
      const child = execFile(homePaths(this.home).cli, args, { env, cwd: this.project }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr, began, ended: clock() });
      });
      child.stdin?.end();
    });
  }

  publish(...events: NewEvent[]): void {
    publish(this.dir, Date.now(), ...events);
  }
}

function mount(folder: string, kb: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kb}k,mode=700`, 'tmpfs', folder], { stdio: 'pipe' });
    return true;
  } catch {
    // not root
    return false;
  }
}
