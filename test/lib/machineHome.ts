import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, logToRead, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { readBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { publish } from '#core/session/publish.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import type { SessionState } from '#protocol/state.ts';
import { cleanEnv } from './cleanEnv.ts';
import { cliProgram, installPrograms, type CommandResult } from './fermata.ts';
import { stateOf } from './readSession.ts';
import { sendSignal } from './sendSignal.ts';
import { tempDir } from './tempDir.ts';
import { waitFor } from './waitFor.ts';

/** One of several machines: a Fermata home with a name of its own, on this one. */
export class MachineHome {
  readonly name: string;
  readonly root: string;
  readonly home: string;
  readonly session: string;
  /** Further variables of its programs. */
  env: Record<string, string> = {};
  /** What comes before the commands of its programs: another host of a network. */
  prefix: readonly string[] = [];
  readonly project: string;

  constructor(name: string, url: string, settings: Record<string, unknown> = {}, session = 'session-1') {
    this.name = name;
    this.session = session;
    this.root = tempDir(`fermata-${name}-`);
    this.home = join(this.root, '.fermata');
    this.project = join(this.root, 'project');
    mkdirSync(this.project, { recursive: true });
    installPrograms(this.home);
    const own = { 'machines.url': url, 'machines.name': name, 'machines.space': 't' };
    writeFileSync(homePaths(this.home).settings, JSON.stringify({ ...own, ...settings }));
  }

  get dir(): string {
    return sessionDir(this.home, this.session);
  }

  /** What this machine has of the session's log. */
  get bytes(): Buffer {
    return readFileSync(logToRead(this.dir));
  }

  get size(): number {
    return statSync(logToRead(this.dir)).size;
  }

  get state(): SessionState {
    return stateOf(this.dir);
  }

  get status(): BridgeStatus | undefined {
    return readBridgeStatus(this.home);
  }

  /** The process that carries this machine's words; undefined while there is none. */
  get bridgePid(): number | undefined {
    try {
      const record = JSON.parse(readFileSync(join(homePaths(this.home).bridgeRun, 'run', 'runner.json'), 'utf8'));
      return (record as { pid: number }).pid;
    } catch {
      return undefined;
    }
  }

  /** Makes the session here, and shares it. */
  async seat(): Promise<void> {
    createLog(this.dir, Date.now());
    publish(this.dir, Date.now(), { t: 'session', session: this.session, cwd: this.project });
    await this.cli('share', this.session);
  }

  /** Follows the session of another machine, until the copy has all of it. */
  async follow(seat: MachineHome): Promise<void> {
    await this.cli('follow', `${this.session}@${seat.name}`);
    await this.has(seat);
  }

  /** Waits until this machine's copy is the log of the seat, byte by byte. */
  async has(seat: MachineHome): Promise<void> {
    await waitFor(() => this.size === seat.size && this.bytes.equals(seat.bytes), {
      describe: `${this.name} to have the log of ${seat.name}`,
      timeoutMs: 90_000,
    });
  }

  /** Appends to the log, or on a copy to the outbox, as any program may. */
  publish(...events: NewEvent[]): void {
    this.publishTo(this.dir, ...events);
  }

  /** The same to another session of this machine. */
  publishTo(dir: string, ...events: NewEvent[]): void {
    publish(dir, Date.now(), ...events);
  }

  /** Runs a verb about the session; rejects where it fails. */
  async cli(verb: string, ...args: string[]): Promise<CommandResult> {
    const result = await this.run(verb, ...args);
    if (result.code !== 0) throw new Error(`fermata ${verb} ${args.join(' ')} on ${this.name}: ${result.err}`);
    return result;
  }

  /** The same, whatever comes of it. */
  run(verb: string, ...args: string[]): Promise<CommandResult> {
    const env = cleanEnv(this.root, { FERMATA_HOME: this.home, ...this.env });
    const session = ['share', 'unshare', 'follow', 'unfollow', 'machines', 'doctor', 'bridge'].includes(verb)
      ? []
      : ['--session', this.session];
    return new Promise((resolve) => {
      const [program = '', ...rest] = [...this.prefix, process.execPath, cliProgram, verb, ...session, ...args];
      execFile(program, rest, { env, cwd: this.project, timeout: 150_000 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
      );
    });
  }

  /** A command of a shell that runs `fermata …` on this machine as ssh does it: in another environment. */
  shell(command: string): string {
    const env = `PATH='${process.env['PATH'] ?? ''}' HOME='${this.root}' FERMATA_HOME='${this.home}'`;
    return `exec env -i ${env} ${command.replace(/^fermata /, `'${process.execPath}' '${cliProgram}' `)}`;
  }

  /** Sends a signal to the bridge; false where there is none. */
  signalBridge(signal: NodeJS.Signals): boolean {
    const pid = this.bridgePid;
    return pid !== undefined && sendSignal(pid, signal);
  }

  /** Ends the bridge, and waits until it has. */
  async stop(): Promise<void> {
    const pid = this.bridgePid;
    if (pid === undefined) return;
    this.signalBridge('SIGTERM');
    await waitFor(() => !isRunning(pid), { describe: `the bridge of ${this.name} to end`, timeoutMs: 100_000 });
  }

  /** Ends the bridge, and waits until another one, which reads the settings anew, is connected. */
  async restartBridge(): Promise<void> {
    const before = this.bridgePid;
    await this.stop();
    await this.cli('status');
    const isOther = (): boolean =>
      this.bridgePid !== before && this.status?.pid === this.bridgePid && this.status?.connected === true;
    await waitFor(isOther, { describe: `another bridge of ${this.name}`, timeoutMs: 90_000 });
  }

  get outboxBytes(): number {
    return statSync(sessionPaths(this.dir).log).size;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
