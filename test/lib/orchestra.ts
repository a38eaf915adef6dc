import { execFile } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from '#core/session/publish.ts';
import { applyInstall, planInstall } from '#core/install/installer.ts';
import { listSessions } from '#core/session/info.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionState } from '#protocol/state.ts';
import { writeApprovedRules } from './approvedRules.ts';
import { claudeEnv, prepareClaudeHome, type ClaudeVersion } from './claudeHome.ts';
import { installedClaude } from './claudeVersion.ts';
import { runClaude, startClaude, type ClaudeRun, type LiveClaude } from './claude.ts';
import { startModelServer, modelInputSince, type ModelServer, type Script } from './modelServer.ts';
import { installPrograms } from './fermata.ts';
import { eventsOf, stateOf } from './readSession.ts';
import { ensureRuntimes } from './runtimes.ts';
import { tempDir } from './tempDir.ts';
import { waitFor } from './waitFor.ts';

export interface OrchestraOptions {
  /** Settings as in `<home>/settings.json`. */
  settings?: Record<string, unknown>;
  files?: Record<string, string>;
  /** The Claude Code for which the hooks are installed; without it none is known. */
  installedFor?: ClaudeVersion;
}

/** A project with hooks that Fermata's installer put in place, a clean HOME, and a scripted model. */
export class Orchestra {
  readonly root = realpathSync(tempDir('fermata-claude-'));
  readonly home = join(this.root, 'home');
  readonly fermataHome = join(this.home, '.fermata');
  readonly project = join(this.root, 'project');
  /** The path of the `fermata` command that hooks name to the model. */
  readonly cli = join(this.fermataHome, 'bin', 'fermata');
  model!: ModelServer;

  static async open(script: Script, options: OrchestraOptions = {}): Promise<Orchestra> {
    await ensureRuntimes();
    const orchestra = new Orchestra();
    const { home, fermataHome, project } = orchestra;
    for (const dir of [home, join(project, '.claude')]) mkdirSync(dir, { recursive: true });
    prepareClaudeHome(home, project);
    installPrograms(fermataHome);
    const plan = planInstall({
      home: fermataHome,
      scope: 'local',
      projectDir: project,
      userHome: home,
      permissions: true,
      claude: options.installedFor && installedClaude(options.installedFor),
    });
    if (!plan.ok) throw new Error(JSON.stringify(plan));
    const outcome = applyInstall(plan);
    if (!outcome.ok) throw new Error(outcome.message);
    orchestra.settings(options.settings ?? {});
    for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(project, name), text);
    orchestra.model = await startModelServer(script);
    return orchestra;
  }

  async close(): Promise<void> {
    await this.model.stop();
  }

  /** Replaces all settings. */
  settings(settings: Record<string, unknown>): void {
    writeFileSync(join(this.fermataHome, 'settings.json'), JSON.stringify(settings));
  }

  /** Writes the project's rules file and approves it. */
  writeApprovedRules(rules: unknown): void {
    writeApprovedRules(this.fermataHome, this.project, rules);
  }

  run(prompt: string, more: Partial<Parameters<typeof runClaude>[0]> = {}): Promise<ClaudeRun> {
    return runClaude({ prompt, cwd: this.project, home: this.home, modelUrl: this.model.url, ...more });
  }

  live(more: Partial<Parameters<typeof startClaude>[0]> = {}): LiveClaude {
    return startClaude({ cwd: this.project, home: this.home, modelUrl: this.model.url, ...more });
  }

  /** The environment of a program beside Claude: a worker, or a person's shell. */
  env(extra: Record<string, string> = {}): Record<string, string> {
    return claudeEnv(this.home, this.model.url, extra);
  }

  /** Runs `fermata …` as a worker of the newest session would: a real process with the runner's environment. */
  fermata(worker: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return this.fermataIn(
      this.env({ FERMATA_HOME: this.fermataHome, FERMATA_SESSION_DIR: this.dir, FERMATA_WORKER: worker }),
      ...args,
    );
  }

  /** Runs `fermata …` in the environment `env`. */
  fermataIn(env: Record<string, string>, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile(this.cli, args, { env, cwd: this.project }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  }

  /** The model's new input in each request of the main conversation. */
  get modelInputs(): string[] {
    return this.model.requests.filter((r) => r.kind === 'main').map((request) => modelInputSince([request], 0));
  }

  /** Number of sessions. */
  get sessions(): number {
    return listSessions(this.fermataHome).length;
  }

  /** The folder of the newest session. Throws while there is none. */
  get dir(): string {
    const newest = listSessions(this.fermataHome)[0];
    if (newest === undefined) throw new Error('no session yet');
    return newest.dir;
  }

  /** Publishes events as a worker does through the library: appended and armed. */
  publish(...events: NewEvent[]): void {
    publish(this.dir, Date.now(), ...events);
  }

  get state(): SessionState {
    return stateOf(this.dir);
  }

  /** The events in the newest session's log file. */
  get events(): Record<string, unknown>[] {
    return eventsOf(this.dir);
  }

  /** Waits until `condition` of the newest session's state is truthy, and returns its value. */
  until<T>(describe: string, condition: (state: SessionState) => T, timeoutMs = 90_000): Promise<NonNullable<T>> {
    return waitFor(() => condition(this.state), { describe, timeoutMs });
  }
}
