import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { writeFileAtomic } from '#core/base/atomicFile.ts';
import { PROGRAMS } from './programs.ts';

export interface RuntimeOptions {
  /** The Fermata home, absolute. */
  home: string;
  /** Where the build is: what PROGRAMS names. */
  distDir: string;
  /** As `findNode` found it. */
  nodePath: string;
  electron?: boolean;
  version: string;
}

/** The programs that are not in the home, by their paths. */
export function missingPrograms(home: string): string[] {
  const names = [...PROGRAMS.map(({ installed }) => installed), 'bin/fermata', 'runtime'];
  return names.map((name) => join(home, name)).filter((path) => !existsSync(path));
}

export type RuntimeResult = { ok: true; written: string[] } | { ok: false; message: string };

/**
 * Puts the programs that hooks and workers run into the Fermata home, where their paths outlive the extension's own.
 * Files that are as they should be are not touched, so this is cheap at every start; each other one is replaced in one
 * step, the gate after what it starts. No link is followed: one in a file's place is replaced, one in a folder's refused.
 */
export function installRuntime(options: RuntimeOptions): RuntimeResult {
  const { home, distDir, nodePath, electron = false, version } = options;
  if (!isAbsolute(home)) return { ok: false, message: `The Fermata home must be an absolute path, not ${home}` };
  if (!isAbsolute(nodePath) || /[\r\n]/.test(nodePath))
    return { ok: false, message: `Not an absolute path of Node: ${nodePath}` };
  try {
    for (const dir of [home, ...['hooks', 'lib', 'bin', 'clients', 'cache'].map((name) => join(home, name))])
      ensureOwnedDir(dir, dir === home);
    const programs = PROGRAMS.map(({ built, installed, mode }): [string, Buffer, number] => [
      installed,
      readFileSync(join(distDir, built)),
      mode,
    ]);
    const files: [name: string, data: Buffer, mode: number][] = [
      ['runtime', Buffer.from(`${nodePath}\n${electron ? 'electron\n' : ''}`), 0o644],
      ['bin/fermata', Buffer.from(wrapper('')), 0o755],
      ['bin/claude-code-hook', Buffer.from(wrapper('hook ')), 0o755],
      ...programs,
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

/** The home is for its owner alone; it may be a link to another disk, what is in it may not lead elsewhere. */
function ensureOwnedDir(dir: string, isHome: boolean): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stats = isHome ? statSync(dir) : lstatSync(dir);
  if (!stats.isDirectory()) throw new Error(`${dir} is a link or a file, not a folder`);
  if (process.getuid !== undefined && stats.uid !== process.getuid()) throw new Error(`${dir} belongs to another user`);
  if (isHome && (stats.mode & 0o777) !== 0o700) chmodSync(dir, 0o700);
}

/** Returns false when the file is there already, same content and mode. */
function writeIfChanged(path: string, data: Buffer, mode: number): boolean {
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing?.isFile() === true && existing.size === data.length && readFileSync(path).equals(data)) {
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
{ IFS= read -r node && IFS= read -r kind; } <"$home/runtime"
if [ "$kind" = electron ]; then export ELECTRON_RUN_AS_NODE=1; fi
unset NODE_OPTIONS
if ! [ -x "$node" ]; then
  echo "fermata: no Node at '$node' (see $home/runtime); install the hooks again" >&2
  exit 1
fi
exec "$node" "$home/lib/fermata.cjs" ${verb}"$@"
`;
}
