import { execFile } from 'node:child_process';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { isProgram } from '#core/install/recordedRuntime.ts';

/** A program that was looked for. */
export interface ProgramVersion {
  /** undefined: not found. */
  path?: string;
  /** undefined: it did not say. */
  version?: string;
}

/** The version that a Node says of itself. */
export async function nodeVersion(node: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return await readVersion(node, ['-p', 'process.versions.node'], { ...env, NODE_OPTIONS: undefined });
}

/** Claude Code as the setting, PATH or its own installer have it. */
export async function claudeVersion(setting: string, env: NodeJS.ProcessEnv): Promise<ProgramVersion> {
  const name = process.platform === 'win32' ? 'claude.exe' : 'claude';
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '';
  const dirs = (env['PATH'] ?? env['Path'] ?? '').split(delimiter);
  const defaultDirs = home === '' ? [] : [join(home, '.local', 'bin'), join(home, '.claude', 'local')];
  const candidates = [setting, ...[...dirs, ...defaultDirs].map((dir) => join(dir, name))];
  const path = candidates.find((candidate) => isAbsolute(candidate) && isProgram(candidate));
  if (path === undefined) return {};
  const version = await readVersion(path, ['--version'], { ...env, NODE_OPTIONS: undefined });
  return version === undefined ? { path } : { path, version };
}

/** The first version number in what a program says; undefined if it fails, or says none within 10 seconds. */
async function readVersion(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { env, timeout: 10_000, windowsHide: true });
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}
