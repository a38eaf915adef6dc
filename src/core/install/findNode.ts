import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, sep, win32 } from 'node:path';
import { onPath, outputOf } from './executables.ts';

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

/** The oldest Node that runs the programs. */
export const MIN_MAJOR = 20;

/**
 * The folders in which Node is put, for a process that was not started by a shell and has a poorer PATH, as an editor has that
 * a person started with the mouse, or before Node was installed.
 */
export function usualPlaces(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string[] {
  if (platform === 'darwin') return ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'];
  if (platform !== 'win32') return ['/usr/local/bin', '/usr/bin'];
  const inFolder = (name: string, ...rest: string[]): string[] => (env[name] ? [win32.join(env[name], ...rest)] : []);
  return [
    ...inFolder('ProgramFiles', 'nodejs'),
    ...inFolder('LOCALAPPDATA', 'Programs', 'nodejs'),
    ...inFolder('NVM_SYMLINK'),
    ...inFolder('ProgramFiles(x86)', 'nodejs'),
  ];
}

/**
 * The Node that runs the hooks: the setting's, else the first `node` on PATH or in a usual place that is new enough, else this
 * process's own executable. Each candidate reports its own path, so that the binary itself is recorded: a version manager's shim
 * may start another version in another folder. Never fails.
 * @param foreign folders that are not searched, since they may be cloned repositories: those that are opened
 */
export async function findNode(
  setting: string,
  env: NodeJS.ProcessEnv,
  foreign: readonly string[] = [],
  places: readonly string[] = usualPlaces(process.platform, env),
): Promise<NodeRuntime> {
  const chosen = await probeNode(setting, env);
  if (chosen !== undefined) return { ...chosen, from: 'setting' };
  const problem = `${setting} (fermata.nodePath) is not the absolute path of a Node ${MIN_MAJOR} or newer`;
  const note = setting === '' ? undefined : problem;
  for (const candidate of onPath('node', env, foreign, places)) {
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
