import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isSessionId } from '#protocol/ids.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { masked } from '#core/base/masking.ts';
import { isAlive } from '#core/base/processes.ts';
import { truncate } from '#core/base/text.ts';
import { isSessionLive, listSessions } from '#core/session/info.ts';
import { isOlder, isSince, SINCE } from './versions.ts';

/** A session of Claude Code as recorded in Claude Code's own files, with or without Fermata's hooks. */
export interface ClaudeProcess {
  session: string;
  cwd: string;
  /** Epoch ms. */
  startedTs?: number;
  /** Undefined where the session is known from its transcript only. */
  pid?: number;
  /** Of Claude Code. */
  version?: string;
  /**
   * What it reports to be doing, and since when (epoch ms). Versions that report it for sessions in a terminal only do not
   * report a dialog as `waiting` elsewhere. `idle` is also that of a
   * session whose shell runs in the background.
   */
  status?: 'busy' | 'waiting' | 'idle';
  statusTs?: number;
  transcript?: string;
  /** The name that the person gave it, or that Claude did. */
  named?: { by: 'person' | 'claude'; name: string };
  /** It runs in the background, in no terminal: Claude Code's id of the job, by which `claude attach` shows it. */
  job?: string;
}

/** Claude Code's folder: CLAUDE_CONFIG_DIR, else `~/.claude`. */
export function claudeConfigDir(env: NodeJS.ProcessEnv): string {
  return env['CLAUDE_CONFIG_DIR'] || join(env['HOME'] || homedir(), '.claude');
}

/** What each status of the file means; a background shell runs beside an idle Claude. */
const STATUSES: Record<string, ClaudeProcess['status']> = {
  busy: 'busy',
  waiting: 'waiting',
  idle: 'idle',
  shell: 'idle',
};

/** The status in a record, where this version of Claude Code reports every dialog in such a session. */
function statusIn(record: Record<string, unknown>): Pick<ClaudeProcess, 'status' | 'statusTs'> {
  const { entrypoint, version, status, statusUpdatedAt } = record;
  const isComplete = entrypoint === 'cli' || (typeof version === 'string' && isSince(version, SINCE.statusEverywhere));
  const known = typeof status === 'string' && Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
  return isComplete && known !== undefined && typeof statusUpdatedAt === 'number'
    ? { status: known, statusTs: statusUpdatedAt }
    : {};
}

const VERSION = /^\d+\.\d+\.\d+/;

/**
 * The sessions that run now: Claude Code keeps `sessions/<pid>.json` for each and removes it at the end. Undefined where
 * there is no such folder (an older version, or Claude Code has never run).
 */
export function claudeProcesses(config: string): ClaudeProcess[] | undefined {
  const folder = join(config, 'sessions');
  if (!existsSync(folder)) return undefined;
  const names = namesIn(folder).filter((name) => /^\d+\.json$/.test(name));
  return names.flatMap((name) => readProcess(join(folder, name)) ?? []);
}

/** The session of Claude Code that runs in the process of that pid; undefined where none does. */
export function claudeProcessOf(config: string, pid: number): ClaudeProcess | undefined {
  const path = join(config, 'sessions', `${pid}.json`);
  // most processes are none, and to look is faster than to fail
  return existsSync(path) ? readProcess(path) : undefined;
}

function readProcess(path: string): ClaudeProcess | undefined {
  // a file that is just being written or removed counts as empty
  const record = asRecord(readJson(path));
  const { pid, sessionId, cwd, procStart, startedAt, version } = record;
  if (typeof pid !== 'number' || typeof sessionId !== 'string' || typeof cwd !== 'string') return undefined;
  // a process that was killed leaves its file behind
  if (!isSessionId(sessionId) || isAlive(pid, typeof procStart === 'string' ? procStart : undefined) !== true)
    return undefined;
  return {
    session: sessionId,
    cwd,
    pid,
    startedTs: typeof startedAt === 'number' ? startedAt : undefined,
    version: typeof version === 'string' && VERSION.test(version) ? version : undefined,
    named: nameIn(record),
    job: jobIn(record),
    ...statusIn(record),
  };
}

const MAX_NAME_CHARS = 300;

/** Its name, unless that is `derived` from the name of its folder. One without a source is the person's. */
function nameIn({ name, nameSource }: Record<string, unknown>): ClaudeProcess['named'] {
  if (typeof name !== 'string' || name === '') return undefined;
  const source =
    nameSource === undefined || nameSource === 'user' ? 'person' : nameSource === 'auto' ? 'claude' : undefined;
  return source && { by: source, name: truncate(masked(name), MAX_NAME_CHARS) };
}

/** A job's id becomes an argument of a command. */
const JOB = /^[A-Za-z0-9]{1,64}$/;

const jobIn = ({ kind, jobId }: Record<string, unknown>): string | undefined =>
  kind === 'bg' && typeof jobId === 'string' && JOB.test(jobId) ? jobId : undefined;

/** The versions of Claude Code that run now, oldest first, as far as they are recorded. */
export function runningVersions(config: string): string[] {
  const versions = (claudeProcesses(config) ?? []).flatMap(({ version }) => version ?? []);
  return versions.toSorted((a, b) => (isOlder(a, b) ? -1 : 1));
}

/** Claude Code's name for the folder of a project's transcripts: keeps letters and digits, at most 200. Not reversible. */
function slugOf(cwd: string): string {
  return cwd.replaceAll(/[^A-Za-z0-9]/g, '-').slice(0, 200);
}

/** The path of a session's transcript: in the folder of its cwd, else in any other. Undefined while there is none. */
export function findTranscript(
  config: string,
  { cwd, session }: Pick<ClaudeProcess, 'cwd' | 'session'>,
): string | undefined {
  const projects = join(config, 'projects');
  const slug = slugOf(cwd);
  const folders = [slug, ...namesIn(projects).filter((name) => name !== slug)];
  return folders
    .map((folder) => join(projects, folder, `${session}.jsonl`))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/**
 * Transcripts of these projects and of those in folders below, written since `sinceMs`. The name of a transcript's
 * folder is only a hint to its project: its lines have the path.
 */
export function recentTranscripts(config: string, roots: readonly string[], sinceMs: number): string[] {
  const projects = join(config, 'projects');
  const slugs = roots.map(slugOf);
  const folders = namesIn(projects).filter((name) => slugs.some((slug) => name.startsWith(slug)));
  return folders.flatMap((folder) =>
    namesIn(join(projects, folder))
      .filter((name) => name.endsWith('.jsonl') && isSessionId(name.slice(0, -'.jsonl'.length)))
      .map((name) => join(projects, folder, name))
      .filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs),
  );
}

/** The folders in which sessions run now, with hooks or without, and the number of sessions in each. */
export function projectsWithSessions(home: string, claudeConfig: string): Map<string, number> {
  const running = new Map<string, string>();
  for (const { session, cwd } of claudeProcesses(claudeConfig) ?? []) running.set(session, cwd);
  for (const { id, info } of listSessions(home))
    if (info !== undefined && isSessionLive(info) === true) running.set(id, info.project);
  const projects = new Map<string, number>();
  for (const project of running.values()) projects.set(project, (projects.get(project) ?? 0) + 1);
  return projects;
}
