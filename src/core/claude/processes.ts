import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isSessionId } from '#protocol/ids.ts';
import { isOlder } from './versions.ts';
import { isAlive } from '#core/base/processes.ts';

/** A session of Claude Code as its own files tell of it, hooks or not. */
export interface ClaudeProcess {
  session: string;
  cwd: string;
  /** Epoch ms. */
  startedTs?: number;
  /** Not known where only the transcript tells of the session. */
  pid?: number;
  /** Of Claude Code. */
  version?: string;
  /**
   * What it says that it does, and since when (epoch ms). Only of sessions in a terminal: what waits for a program that
   * drives Claude Code is no dialog of which this tells.
   */
  status?: 'busy' | 'waiting' | 'idle';
  statusTs?: number;
  transcript?: string;
}

/** Where Claude Code keeps its things: CLAUDE_CONFIG_DIR, else `~/.claude`. */
export function claudeConfigDir(env: NodeJS.ProcessEnv): string {
  return env['CLAUDE_CONFIG_DIR'] || join(env['HOME'] || homedir(), '.claude');
}

const isStatus = (value: unknown): value is NonNullable<ClaudeProcess['status']> =>
  value === 'busy' || value === 'waiting' || value === 'idle';

const VERSION = /^\d+\.\d+\.\d+/;

/**
 * The sessions that run now: Claude Code keeps `sessions/<pid>.json` for each of them and takes it away at the end.
 * Undefined where there is no such folder (an older version, or none has ever run).
 */
export function claudeProcesses(config: string): ClaudeProcess[] | undefined {
  const folder = join(config, 'sessions');
  const names = namesIn(folder);
  return names?.flatMap((name) => {
    const record = /^\d+\.json$/.test(name) ? readObject(join(folder, name)) : undefined;
    const { pid, sessionId, cwd, procStart, startedAt, version, entrypoint } = record ?? {};
    const { status, statusUpdatedAt } = entrypoint === 'cli' ? (record ?? {}) : {};
    if (typeof pid !== 'number' || typeof sessionId !== 'string' || typeof cwd !== 'string') return [];
    // one that was killed leaves its file behind
    if (!isSessionId(sessionId) || isAlive(pid, typeof procStart === 'string' ? procStart : undefined) !== true)
      return [];
    return [
      {
        session: sessionId,
        cwd,
        pid,
        ...(typeof startedAt === 'number' ? { startedTs: startedAt } : {}),
        ...(typeof version === 'string' && VERSION.test(version) ? { version } : {}),
        ...(isStatus(status) && typeof statusUpdatedAt === 'number' ? { status, statusTs: statusUpdatedAt } : {}),
      },
    ];
  });
}

/** The oldest version of Claude Code that runs now; undefined where none does, or does not say. */
export function oldestRunningVersion(config: string): string | undefined {
  const versions = (claudeProcesses(config) ?? []).flatMap(({ version }) => version ?? []);
  return versions.toSorted((a, b) => (isOlder(a, b) ? -1 : 1))[0];
}

/** How Claude Code names the folder of a project's transcripts: letters and digits stay. Not reversible, and cut when long. */
function slugOf(cwd: string): string {
  return cwd.replaceAll(/[^A-Za-z0-9]/g, '-').slice(0, 200);
}

/** Where a session's transcript is: in the folder of its cwd, else in any other. Undefined while there is none. */
export function findTranscript(
  config: string,
  { cwd, session }: Pick<ClaudeProcess, 'cwd' | 'session'>,
): string | undefined {
  const projects = join(config, 'projects');
  const slug = slugOf(cwd);
  const folders = [slug, ...(namesIn(projects) ?? []).filter((name) => name !== slug)];
  return folders
    .map((folder) => join(projects, folder, `${session}.jsonl`))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/**
 * Transcripts of these folders and those below that were written since `sinceMs`. The name of a transcript's folder is
 * only a hint: whose it is stands in its lines.
 */
export function recentTranscripts(config: string, roots: readonly string[], sinceMs: number): string[] {
  const projects = join(config, 'projects');
  const slugs = roots.map(slugOf);
  const folders = (namesIn(projects) ?? []).filter((name) => slugs.some((slug) => name.startsWith(slug)));
  return folders.flatMap((folder) =>
    (namesIn(join(projects, folder)) ?? [])
      .filter((name) => name.endsWith('.jsonl') && isSessionId(name.slice(0, -'.jsonl'.length)))
      .map((name) => join(projects, folder, name))
      .filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs),
  );
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

function readObject(path: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // just being written, or taken away
  }
}
