import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { realPath } from '#core/base/files/facts.ts';
import { claudeConfigDir, runningVersions } from '#core/claude/processes.ts';
import { oldestOf } from '#core/claude/versions.ts';

/** A Node that can run the hooks. */
export interface NodeRuntime {
  /** Absolute. */
  path: string;
  version: string;
  /** True for an editor's own executable, which is Node only with ELECTRON_RUN_AS_NODE=1. */
  electron: boolean;
  from: 'setting' | 'path' | 'self';
  /** Why the setting was passed over, for a person. */
  note?: string;
}

/** Where a program is (undefined: not found) and its version (undefined: it reports none). */
export interface ProgramVersion {
  path?: string;
  version?: string;
}

const MIN_MAJOR = 20;

/**
 * The Node that runs the hooks: the setting's, else the first `node` on PATH that is new enough, else this process's
 * own executable. Each candidate reports its own path, so that the binary itself is recorded: a version manager's shim
 * may start another version in another folder. Never fails.
 * @param foreign folders that are not searched, since they may be cloned repositories: those that are opened
 */
export async function findNode(
  setting: string,
  env: NodeJS.ProcessEnv,
  foreign: readonly string[] = [],
): Promise<NodeRuntime> {
  const chosen = await probeNode(setting, env);
  if (chosen !== undefined) return { ...chosen, from: 'setting' };
  const problem = `${setting} (fermata.nodePath) is not the absolute path of a Node ${MIN_MAJOR} or newer`;
  const note = setting === '' ? undefined : problem;
  for (const candidate of onPath('node', env, foreign)) {
    const runtime = await probeNode(candidate, env);
    if (runtime !== undefined) return { ...runtime, from: 'path', note };
  }
  const electron = process.versions['electron'] !== undefined;
  return { path: process.execPath, version: process.versions.node, electron, from: 'self', note };
}

async function probeNode(candidate: string, env: NodeJS.ProcessEnv) {
  if (!isAbsolute(candidate) || /[\r\n]/.test(candidate)) return undefined;
  const script = 'JSON.stringify([process.execPath, process.versions.node, process.versions.electron ?? ""])';
  try {
    const output = await outputOf(candidate, ['-p', script], { ...env, ELECTRON_RUN_AS_NODE: '1' }, 5000);
    const [binary, version, electron] = JSON.parse(output) as [string, string, string];
    if (!isAbsolute(binary) || !(Number.parseInt(version, 10) >= MIN_MAJOR)) return undefined;
    return { path: stablePath(candidate, binary), version, electron: electron !== '' };
  } catch {
    return undefined; // not there, not a program, or not Node
  }
}

/** A package manager's link outlives updates that move the binary, so it is kept; one for a single terminal is not. */
function stablePath(candidate: string, binary: string): string {
  const isTemporary =
    [tmpdir() + sep, '/tmp/', '/run/'].some((dir) => candidate.startsWith(dir)) ||
    candidate.includes('fnm_multishells');
  return !isTemporary && realpathSync(candidate) === realpathSync(binary) ? candidate : binary;
}

/** Finds Claude Code by the setting, on PATH, or where its own installer puts it; `foreign` as for `findNode`. */
export function findClaude(setting: string, env: NodeJS.ProcessEnv, foreign: readonly string[]): string | undefined {
  const home = userHome(env);
  const defaultDirs = home === '' ? [] : [join(home, '.local', 'bin'), join(home, '.claude', 'local')];
  const candidates = [setting, ...onPath('claude', env, foreign, defaultDirs)];
  return candidates.find((candidate) => isAbsolute(candidate) && isProgram(candidate));
}

/** Finds git on PATH; `foreign` as for `findNode`. */
export const findGit = (env: NodeJS.ProcessEnv, foreign: readonly string[]): string | undefined =>
  onPath('git', env, foreign).find(isProgram);

/** Finds Claude Code and asks for its version. */
export async function claudeVersion(
  setting: string,
  env: NodeJS.ProcessEnv,
  foreign: readonly string[] = [],
): Promise<ProgramVersion> {
  const path = findClaude(setting, env, foreign);
  return path === undefined ? {} : { path, version: await readVersion(path, ['--version'], env) };
}

/**
 * The oldest Claude Code that may read a settings file: the one that is found, or one that runs. Undefined where neither
 * tells its version. `foreign` as for `findNode`.
 */
export async function oldestClaude(
  setting: string,
  env: NodeJS.ProcessEnv,
  foreign: readonly string[],
): Promise<string | undefined> {
  const { version } = await claudeVersion(setting, env, foreign);
  return oldestOf([version, ...runningVersions(claudeConfigDir(env))]);
}

/** The first version number in a program's output; undefined if it fails, or prints none within 10 seconds. */
export async function readVersion(program: string, args: string[], env: NodeJS.ProcessEnv) {
  try {
    return /\d+\.\d+\.\d+/.exec(await outputOf(program, args, env, 10_000))?.[0];
  } catch {
    return undefined;
  }
}

/** Whether `path` is a program that this user may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The absolute paths at which a program may be: in the folders of PATH, then in `more`. An entry that is not absolute means
 * whatever folder one is in, so it leads nowhere; nor does one into a foreign folder, unless the person's home is in that.
 */
function onPath(
  name: string,
  env: NodeJS.ProcessEnv,
  foreign: readonly string[],
  more: readonly string[] = [],
): string[] {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  const shunned = foreign.filter((folder) => !isInside(userHome(env), folder));
  const dirs = new Set([...(env['PATH'] ?? env['Path'] ?? '').split(delimiter), ...more]);
  return [...dirs]
    .filter((dir) => isAbsolute(dir) && !shunned.some((folder) => isInside(dir, folder)))
    .map((dir) => join(dir, file));
}

const userHome = (env: NodeJS.ProcessEnv): string => env['HOME'] ?? env['USERPROFILE'] ?? '';

function isInside(path: string, folder: string): boolean {
  const way = relative(realPath(folder), realPath(path));
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * What a program prints. Node options of the caller, such as a debugger's, are kept from it, and so is the folder that the
 * caller is in: a version manager would look there for which version it is to start.
 */
async function outputOf(program: string, args: string[], env: NodeJS.ProcessEnv, timeout: number): Promise<string> {
  const options = { cwd: dirname(program), env: { ...env, NODE_OPTIONS: undefined }, timeout, windowsHide: true };
  return (await promisify(execFile)(program, args, options)).stdout;
}
