import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isAlive } from '#core/base/processes.ts';

/**
 * Makes sure that the packages of `dir`, which has a package.json and a lockfile of its own, are installed as the
 * lockfile demands. Cheap when they are. Several processes may call it at once: one installs, the others wait.
 * `holds` names the content in messages to the developer who waits.
 */
export async function ensureInstalled(dir: string, holds: string): Promise<void> {
  const stampFile = join(dir, 'node_modules', '.fermata-stamp');
  const lockDir = join(dir, '.installing');
  const wanted = createHash('sha256')
    .update(readFileSync(join(dir, 'package-lock.json')))
    .digest('hex');
  const installed = (): boolean => (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) || hasAll(dir);
  if (installed()) return;
  const deadline = Date.now() + 900_000;
  while (!takeLock(lockDir)) {
    if (Date.now() > deadline) throw new Error(`another process is still installing ${holds}; its lock is ${lockDir}`);
    await delay(200);
  }
  try {
    if (installed()) return; // by the process that held the lock
    console.log(`Installing once: ${holds} …`);
    await npmCi(dir);
    writeFileSync(stampFile, wanted);
  } finally {
    rmSync(lockDir, { recursive: true, force: true });
  }
}

interface Locked {
  version?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}

/**
 * Whether everything that the lockfile demands on this machine is installed, though another one was the last to install:
 * checkouts with other pins may share an installation.
 */
function hasAll(dir: string): boolean {
  const packagesIn = (file: string): Record<string, Locked> =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }).packages : {};
  const installed = packagesIn(join(dir, 'node_modules', '.package-lock.json'));
  // without a system of its own an optional package belongs to another one, which may be left out here
  const isForHere = ({ os, cpu, libc, optional }: Locked): boolean =>
    (os?.includes(process.platform) ?? optional !== true) &&
    (cpu?.includes(process.arch) ?? true) &&
    libc?.includes('musl') !== true;
  return Object.entries(packagesIn(join(dir, 'package-lock.json')))
    .filter(([path, locked]) => path !== '' && isForHere(locked))
    .every(([path, { version }]) => installed[path]?.version === version);
}

async function npmCi(dir: string): Promise<void> {
  // .npmrc turns scripts off, too: those of code-server refuse this Node version, and compile for minutes on another
  const flags = [
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  await promisify(execFile)('npm', ['ci', '--prefix', dir, ...flags], {
    cwd: dir,
    shell: process.platform === 'win32',
    maxBuffer: 16 * 1024 * 1024,
  });
}

/** mkdir is the lock: it succeeds for one caller only. A lock whose holder has died is cleared for the next try. */
function takeLock(lockDir: string): boolean {
  const holderFile = join(lockDir, 'pid');
  try {
    mkdirSync(lockDir);
    writeFileSync(holderFile, String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // without a pid in it the holder is about to write it
  const pid = existsSync(holderFile) ? Number(readFileSync(holderFile, 'utf8')) : 0;
  if (pid > 0 && isAlive(pid) === false) rmSync(lockDir, { recursive: true, force: true });
  return false;
}
