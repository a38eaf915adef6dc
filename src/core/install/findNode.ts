import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join, sep } from 'node:path';
import { promisify } from 'node:util';

/** A program that runs the hooks. */
export interface NodeRuntime {
  /** Absolute. */
  path: string;
  version: string;
  /** An editor's own executable, which is Node only with ELECTRON_RUN_AS_NODE=1. */
  electron: boolean;
  from: 'setting' | 'path' | 'self';
  /** Why the setting was passed over, for a person. */
  note?: string;
}

const MIN_MAJOR = 20;

/**
 * The Node that hooks shall run: the setting's, else the first `node` on PATH that is new enough, else the program that
 * runs this. Each candidate is asked, so what is recorded is the binary itself and not a version manager's stand-in,
 * which may answer differently in another folder. Never fails.
 */
export async function findNode(setting: string, env: NodeJS.ProcessEnv): Promise<NodeRuntime> {
  const chosen = setting === '' ? undefined : await probeNode(setting, env);
  if (chosen !== undefined) return { ...chosen, from: 'setting' };
  const note =
    setting === ''
      ? {}
      : { note: `${setting} (fermata.nodePath) is not the absolute path of a Node ${MIN_MAJOR} or newer` };
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (const dir of new Set((env['PATH'] ?? env['Path'] ?? '').split(delimiter))) {
    const runtime = await probeNode(join(dir, name), env);
    if (runtime !== undefined) return { ...runtime, from: 'path', ...note };
  }
  const electron = process.versions['electron'] !== undefined;
  return { path: process.execPath, version: process.versions.node, electron, from: 'self', ...note };
}

async function probeNode(
  candidate: string,
  env: NodeJS.ProcessEnv,
): Promise<Pick<NodeRuntime, 'path' | 'version' | 'electron'> | undefined> {
  if (!isAbsolute(candidate) || /[\r\n]/.test(candidate)) return undefined;
  const script = 'JSON.stringify([process.execPath, process.versions.node, process.versions.electron ?? ""])';
  try {
    const probeEnv = { ...env, NODE_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1' };
    const { stdout } = await promisify(execFile)(candidate, ['-p', script], {
      env: probeEnv,
      timeout: 5000,
      windowsHide: true,
    });
    const [binary, version, electron] = JSON.parse(stdout) as [string, string, string];
    if (!isAbsolute(binary) || !(Number.parseInt(version, 10) >= MIN_MAJOR)) return undefined;
    return { path: stablePath(candidate, binary), version, electron: electron !== '' };
  } catch {
    return undefined; // not there, not a program, or not Node
  }
}

/** A plain link, as package managers make, survives an update that moves the binary; one for this terminal only does not. */
function stablePath(candidate: string, binary: string): string {
  const isTemporary =
    [tmpdir() + sep, '/tmp/', '/run/'].some((dir) => candidate.startsWith(dir)) ||
    candidate.includes('fnm_multishells');
  return !isTemporary && realpathSync(candidate) === realpathSync(binary) ? candidate : binary;
}
