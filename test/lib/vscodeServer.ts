import { execFile } from 'node:child_process';
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnv } from './cleanEnv.ts';
import { killGroup, spawnGroup, type GroupProcess } from './processGroup.ts';
import { editorModule, newerNode } from './runtimes.ts';
import { installPseudoLocale } from './pseudoLocale.ts';
import { keepTempDirs, tempDir } from './tempDir.ts';
import { completeServerModules } from './vscodeStandIns.ts';

export interface VSCodeOptions {
  /** A packaged extension to install before the start, as a user would. */
  vsix?: string;
  /** User settings on top of the quiet defaults. */
  settings?: Record<string, unknown>;
  /** Settings of the scope `machine`, which a browser's editor takes from the machine that its server runs on. */
  machineSettings?: Record<string, unknown>;
  /** The person's own keybindings. */
  keybindings?: { key: string; command: string; args?: unknown }[];
  /** Further command-line flags of the server, such as `--enable-smoke-test-driver`. */
  args?: string[];
  /** Further environment variables of the server, and so of extension hosts and terminals. */
  env?: Record<string, string>;
  /** true (the default): every folder is trusted. false: Workspace Trust is on and folders open restricted. */
  trust?: boolean;
  /** The home directory that extension host and terminals see; a fresh one by default. */
  home?: string;
  /** true: the display language is the pseudo locale (pseudoLocale.ts). */
  pseudoLocale?: boolean;
}

export interface VSCodeServer {
  url: string;
  port: number;
  /** The server's data: settings, installed extensions, logs. */
  dir: string;
  home: string;
  /** File with what the server printed. */
  log: string;
  pid: number;
  /** Ends the server with its extension hosts and terminals, and removes `dir`. */
  stop(): Promise<void>;
}

/** No welcome page, marketplace, telemetry or AI features: the workbench does nothing by itself during a test. */
const quietSettings: Record<string, unknown> = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'remote.autoForwardPorts': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Starts a real VS Code server on a free port of this machine. Needs `ensureRuntimes()` before. */
export async function startVSCode(options: VSCodeOptions = {}): Promise<VSCodeServer> {
  const { vsix, settings = {}, machineSettings = {}, trust = true } = options;
  const args = [...(options.args ?? [])];
  const serverDir = join(editorPackage('code-server'), 'lib', 'vscode');
  completeServerModules(serverDir);

  const dir = tempDir('fermata-vscode-');
  const home = options.home ?? join(dir, 'home');
  const userData = join(dir, 'data', 'User');
  mkdirSync(home, { recursive: true });
  mkdirSync(userData, { recursive: true });
  const allSettings = { ...quietSettings, 'security.workspace.trust.enabled': !trust, ...settings };
  writeFileSync(join(userData, 'settings.json'), JSON.stringify(allSettings, null, 2));
  const machineData = join(dir, 'data', 'Machine');
  mkdirSync(machineData, { recursive: true });
  writeFileSync(join(machineData, 'settings.json'), JSON.stringify(machineSettings, null, 2));
  writeFileSync(join(userData, 'keybindings.json'), JSON.stringify(options.keybindings ?? []));

  // An empty gallery means no marketplace, and so no request to one.
  const env = cleanEnv(home, { XDG_RUNTIME_DIR: dir, EXTENSIONS_GALLERY: '{}', ...options.env });
  const node = serverNode();
  const main = join(serverDir, 'out', 'server-main.js');
  const common = [
    '--server-data-dir',
    dir,
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--disable-telemetry',
  ];
  if (vsix !== undefined)
    await installExtension(dir, () =>
      promisify(execFile)(node, [main, ...common, '--install-extension', vsix], { env, timeout: 200_000 }),
    );

  if (options.pseudoLocale === true) args.push(...installPseudoLocale(dir));

  const quiet = [
    '--disable-update-check',
    '--disable-getting-started-override',
    '--disable-experiments',
    '--enable-remote-auto-shutdown',
  ];
  const where = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token'];
  const trustArgs = trust ? ['--disable-workspace-trust'] : [];
  const child = spawnGroup(node, [main, ...where, ...common, ...quiet, ...trustArgs, ...args], { env });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()); // not 'close': a terminal may hold the pipes open for longer
    child.once('error', () => resolve());
  });
  const log = join(dir, 'server.log');
  const logStream = createWriteStream(log);
  child.stdout.pipe(logStream, { end: false });
  child.stderr.pipe(logStream, { end: false });

  const stop = async (): Promise<void> => {
    killGroup(child, 'SIGTERM');
    const killTimer = setTimeout(() => killGroup(child), 3000);
    await exited;
    clearTimeout(killTimer);
    killGroup(child); // processes of the group that outlived its leader
    await new Promise<void>((resolve) => logStream.end(() => resolve()));
    if (!keepTempDirs) rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const port = await listeningPort(child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url: `http://127.0.0.1:${port}/`, port, dir, home, log, pid: child.pid ?? -1, stop };
}

/**
 * Has a package installed in the folder of a server. With FERMATA_INSTALLED only the first time: that folder then keeps a copy for
 * further servers, with its old paths, since an installation takes longer than many a test of the editor.
 */
async function installExtension(dir: string, install: () => Promise<unknown>): Promise<void> {
  const extensions = join(dir, 'extensions');
  const kept = process.env['FERMATA_INSTALLED'];
  if (kept === undefined) return void (await install());
  const copy = join(kept, 'copy');
  if (existsSync(copy)) {
    cpSync(join(copy, 'extensions'), extensions, { recursive: true });
    const list = join(extensions, 'extensions.json');
    writeFileSync(list, readFileSync(list, 'utf8').replaceAll(readFileSync(join(copy, 'dir'), 'utf8'), dir));
    return;
  }
  await install();
  const own = join(kept, String(process.pid));
  cpSync(extensions, join(own, 'extensions'), { recursive: true });
  writeFileSync(join(own, 'dir'), dir);
  try {
    renameSync(own, copy);
  } catch (error) {
    // another test file was faster
    if (!existsSync(copy)) throw error;
  }
}

/** The address that opens `folder` in the workbench; `payload` as the web workbench reads it (extension tests). */
export function workbenchUrl(server: VSCodeServer, folder?: string, payload?: [string, string][]): string {
  const url = new URL(server.url);
  if (folder !== undefined) url.searchParams.set('folder', folder);
  if (payload !== undefined && payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.toString();
}

/** The workbench's URI for a path of this machine. */
export function remoteUri(server: VSCodeServer, path: string): string {
  return `vscode-remote://127.0.0.1:${server.port}${path}`;
}

function editorPackage(name: string): string {
  const dir = editorModule(name);
  if (dir === undefined) throw new Error(`${name} is missing: call ensureRuntimes() first`);
  return dir;
}

/** The server needs a newer Node than the project: from npm on Linux x64, elsewhere the developer's own. */
function serverNode(): string {
  const newer = newerNode();
  if (newer !== undefined) return newer;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 15)) throw new Error('here the VS Code server needs Node 22.15 or later');
  return process.execPath;
}

function listeningPort(child: GroupProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const failed = (why: string): void => reject(new Error(`the VS Code server ${why}\n${printed.slice(-2000)}`));
    const timer = setTimeout(() => failed('did not start within 60 s'), 60_000);
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const port = /Extension host agent listening on (\d+)/.exec(printed)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.once('close', (code) => {
      clearTimeout(timer);
      failed(`ended with code ${code}`);
    });
  });
}
