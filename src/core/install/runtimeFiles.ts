import { existsSync, lstatSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { makeFolder, makePrivate } from '#core/base/files/folder.ts';
import { readBytes, readLinkedBytes, readTextIfAny } from '#core/base/files/readFile.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { homePaths } from '#core/base/paths.ts';
import { commandLauncher, gateLauncher } from './windowsLaunchers.ts';

const MAX_PROGRAM_BYTES = 16 << 20;

/** A program in the Fermata home: its path in the build, its path in the home, and its mode. */
export interface Program {
  built: string;
  installed: string;
  mode: number;
}

const program = (built: string, installed = built, mode = 0o644): Program => ({ built, installed, mode });

/** All programs that hooks and workers run. Each comes after those that it starts, so the gate never lacks the hook. */
export const PROGRAMS: readonly Program[] = [
  program('hooks/clients/worker.mjs', 'clients/worker.mjs'),
  program('hooks/clients/worker.d.mts', 'clients/worker.d.mts'),
  program('hooks/clients/fermata.py', 'clients/fermata.py'),
  program('hooks/secrets.cjs'),
  program('hooks/shell.cjs'),
  program('hooks/programs.cjs'),
  program('hooks/runner.cjs'),
  program('hooks/nats.cjs'),
  program('hooks/bridge.cjs'),
  program('hooks/git.cjs'),
  program('hooks/gitWatch.cjs'),
  program('hooks/wake.cjs'),
  program('hooks/wake.sh'),
  program('hooks/status-line.sh'),
  program('hooks/mod.cjs'),
  program('hooks/register.js'),
  program('fermata.cjs', 'lib/fermata.cjs'),
  program('demo.cjs', 'lib/demo.cjs'),
  program('hooks/hook.cjs'),
  program('hooks/gate.sh.program'),
  program('hooks/gate.sh', 'hooks/gate.sh', 0o755),
];

export interface RuntimeOptions {
  /** The Fermata home, absolute. */
  home: string;
  /** The folder of the build, which has the programs of PROGRAMS. */
  distDir: string;
  /** As `findNode` returned it. */
  nodePath: string;
  electron?: boolean;
  version: string;
  /** By default the present one; for tests. */
  platform?: NodeJS.Platform;
}

export type RuntimeResult = { ok: true; written: string[] } | { ok: false; message: string };

/** What the home has on Windows alone. */
const WINDOWS_LAUNCHERS = ['bin/fermata.cmd', 'bin/claude-code-hook.cmd', 'hooks/gate.cmd'];

/** The absolute paths of the programs that the home lacks. */
export function missingPrograms(home: string): string[] {
  const windows = process.platform === 'win32' ? WINDOWS_LAUNCHERS : [];
  const names = [...PROGRAMS.map(({ installed }) => installed), 'bin/fermata', ...windows, 'runtime'];
  return names.map((name) => join(home, name)).filter((path) => !existsSync(path));
}

/** The Node that the installation recorded, and the variables that make an editor's executable act as Node. */
export function recordedRuntime(home: string): { node: string; env: NodeJS.ProcessEnv } | undefined {
  const [node, kind] = readTextIfAny(homePaths(home).runtime)?.split('\n') ?? [];
  return node ? { node, env: kind === 'electron' ? { ELECTRON_RUN_AS_NODE: '1' } : {} } : undefined;
}

/** The recorded Node on Windows, where each hook entry names it; empty elsewhere, and where none is recorded. */
export function windowsRuntime(
  home: string,
  platform: NodeJS.Platform = process.platform,
): { windowsNode?: string; electron?: boolean } {
  const runtime = platform === 'win32' ? recordedRuntime(home) : undefined;
  return runtime === undefined
    ? {}
    : { windowsNode: runtime.node, electron: runtime.env['ELECTRON_RUN_AS_NODE'] !== undefined };
}

/** The version of Fermata whose programs are in the home. */
export const installedVersion = (home: string): string | undefined => readTextIfAny(join(home, 'version'))?.trim();

/**
 * Puts the programs that hooks and workers run into the Fermata home, where their paths outlive the extension's own.
 * Leaves up-to-date files alone, so this is cheap at every start; replaces each other file atomically. Follows no link:
 * a link in place of a file is replaced, one in place of a folder is an error.
 */
export function installRuntime(options: RuntimeOptions): RuntimeResult {
  const { home, distDir, nodePath, electron = false, version, platform = process.platform } = options;
  if (!isAbsolute(home)) return { ok: false, message: `The Fermata home must be an absolute path, not ${home}` };
  if (!isAbsolute(nodePath) || /[\r\n]/.test(nodePath))
    return { ok: false, message: `Not an absolute path of Node: ${nodePath}` };
  try {
    for (const dir of [home, ...['hooks', 'lib', 'bin', 'clients', 'cache'].map((name) => join(home, name))])
      ensureOwnedDir(dir, dir === home);
    const files: (readonly [name: string, data: Buffer, mode: number])[] = [
      ['runtime', Buffer.from(`${nodePath}\n${electron ? 'electron\n' : ''}`), 0o644],
      ['bin/fermata', Buffer.from(wrapper('')), 0o755],
      ['bin/claude-code-hook', Buffer.from(wrapper('hook ')), 0o755],
      ...(platform === 'win32' ? windowsLaunchers(nodePath, electron) : []),
      ...PROGRAMS.map(
        ({ built, installed, mode }) =>
          [installed, readLinkedBytes(join(distDir, built), MAX_PROGRAM_BYTES), mode] as const,
      ),
      ['version', Buffer.from(`${version}\n`), 0o644],
    ];
    const written = files
      .filter(([name, data, mode]) => writeIfChanged(join(home, name), data, mode))
      .map(([name]) => name);
    return { ok: true, written };
  } catch (error) {
    return { ok: false, message: `The programs could not be put into ${home}: ${(error as Error).message}` };
  }
}

/** The files of WINDOWS_LAUNCHERS. */
function windowsLaunchers(node: string, electron: boolean): (readonly [name: string, data: Buffer, mode: number])[] {
  const options = { node, electron, env: process.env };
  const texts = [commandLauncher(options, ''), commandLauncher(options, 'hook '), gateLauncher(options)];
  return WINDOWS_LAUNCHERS.map((name, i) => [name, Buffer.from(texts[i] ?? ''), 0o755]);
}

/** Removes the file without which no entry refuses a call for a failure. */
export const failOpen = (home: string): void => removeFileIfAny(homePaths(home).failClosed);

/**
 * Makes entries harmless that remain in other settings files: without a recorded Node and the fail-closed flag, the
 * gate discards its input and allows everything.
 */
export function disconnect(home: string): void {
  failOpen(home);
  const { runtime, hook } = homePaths(home);
  for (const path of [runtime, hook, join(home, 'version')]) removeFileIfAny(path);
}

/** Makes a folder for its owner alone. The home may be a link to another disk; a folder in it may not be a link. */
function ensureOwnedDir(dir: string, isHome: boolean): void {
  makeFolder(dir);
  const stats = isHome ? statSync(dir) : lstatSync(dir);
  if (!stats.isDirectory()) throw new Error(`${dir} is a link or a file, not a folder`);
  if (process.getuid !== undefined && stats.uid !== process.getuid()) throw new Error(`${dir} belongs to another user`);
  if (isHome && (stats.mode & 0o777) !== 0o700) makePrivate(dir);
}

/** Returns false if the file has this content and mode already. */
function writeIfChanged(path: string, data: Buffer, mode: number): boolean {
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing?.isFile() === true && existing.size === data.length && readBytes(path, data.length).equals(data)) {
    if (process.platform === 'win32' || (existing.mode & 0o777) === mode) return false;
  }
  return writeFileAtomic(path, data, { mode });
}

function wrapper(verb: string): string {
  return `#!/bin/sh
# Runs Fermata's command line with the Node that was found when it was installed.
self=$0
if [ -L "$self" ]; then self=$(readlink -f "$self"); fi
# without starting a process: a worker may call this in a loop
case $self in */*) home=\${self%/*}/.. ;; *) home=.. ;; esac
node=
kind=
if [ -f "$home/runtime" ]; then { IFS= read -r node && IFS= read -r kind; } <"$home/runtime"; fi
if [ "$kind" = electron ]; then export ELECTRON_RUN_AS_NODE=1; fi
unset NODE_OPTIONS
if ! [ -x "$node" ]; then
  echo "fermata: no Node at '$node' (see $home/runtime); install the hooks again" >&2
  exit 1
fi
exec "$node" "$home/lib/fermata.cjs" ${verb}"$@"
`;
}
