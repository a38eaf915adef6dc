import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { realPath } from '#core/base/files/facts.ts';
import { claudeConfigDir, runningVersions } from '#core/claude/processes.ts';
import { oldestOf } from '#core/claude/versions.ts';

/** Where a program is (undefined: not found) and its version (undefined: it reports none). */
export interface ProgramVersion {
  path?: string;
  version?: string;
}

/** Finds Claude Code by the setting, on PATH, or where its own installer puts it; `foreign` as for `onPath`. */
export function findClaude(setting: string, env: NodeJS.ProcessEnv, foreign: readonly string[]): string | undefined {
  const home = userHome(env);
  const defaultDirs = [join(home, '.local', 'bin'), join(home, '.claude', 'local')];
  const candidates = [setting, ...onPath('claude', env, foreign, defaultDirs)];
  return candidates.find((candidate) => isAbsolute(candidate) && isProgram(candidate));
}

/** Finds git on PATH; `foreign` as for `onPath`. */
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
 * tells its version. `foreign` as for `onPath`.
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
export function onPath(
  name: string,
  env: NodeJS.ProcessEnv,
  foreign: readonly string[],
  more: readonly string[] = [],
): string[] {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  const home = userHome(env);
  // without a home it would be the folder that this process is in
  const shunned = foreign.filter((folder) => home === '' || !isInside(home, folder));
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
export async function outputOf(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<string> {
  const options = { cwd: dirname(program), env: { ...env, NODE_OPTIONS: undefined }, timeout, windowsHide: true };
  return (await promisify(execFile)(program, args, options)).stdout;
}
