import { accessSync, constants, statSync } from 'node:fs';
import { hookEntries } from '#core/install/entries.ts';
import type { ReachFacts } from '#core/install/hookReach.ts';
import {
  entriesAt,
  hookLocations,
  installedLocations,
  locationOptions,
  type HookLocation,
  type InstallEnvironment,
} from '#core/install/hookLocations.ts';
import { readReachFacts } from '#core/install/reachFacts.ts';
import { installedVersion, isProgram, recordedRuntime } from '#core/install/recordedRuntime.ts';
import { otherHomes, planRepair } from '#core/install/repair.ts';
import { missingPrograms } from '#core/install/runtimeFiles.ts';
import { settingsPath } from '#core/install/settings/claudeSettingsFile.ts';
import { homePaths } from '#core/base/paths.ts';
import { settingsProblems } from './settingsProblems.ts';
import { existsSync } from 'node:fs';
import { fileEventsArrive } from './fileEvents.ts';
import { mountOf } from './mounts.ts';
import type { InstalledEntry } from './runHook.ts';
import { claudeVersion, nodeVersion, type ProgramVersion } from './versions.ts';

export interface HomeFacts {
  path: string;
  state: 'missing' | 'notAFolder' | 'foreign' | 'unwritable' | 'there';
  /** Permission bits; undefined on Windows, where they mean nothing. */
  mode?: number;
  /** Type of the file system, where the system tells. */
  mount?: string;
  /** Whether a change there is told to who watches; undefined if that could not be tried. */
  fileEvents?: boolean;
  failClosed: boolean;
}

export interface ProgramFacts {
  missing: string[];
  /** The version that is installed in the home. */
  installed: string | undefined;
  /** The version that looks. */
  own: string | undefined;
  node: { path: string; runnable: boolean; version?: string; electron: boolean } | undefined;
}

/** One settings file that holds entries of ours. */
export interface LocationFacts {
  path: string;
  scope: HookLocation['scope'];
  current: boolean;
  /** Homes that its entries call instead of this one. */
  otherHomes: string[];
}

export interface DoctorFacts {
  home: HomeFacts;
  programs: ProgramFacts;
  locations: LocationFacts[];
  /** For each folder what decides whether hooks run there; without a folder, what holds everywhere. */
  folders: { folder: string | undefined; reach: ReachFacts }[];
  /** Settings of Fermata that cannot be read, a sentence each. */
  settingsProblems: string[];
  claude: ProgramVersion;
  vscode: string | undefined;
  /** The entries of this home that may be tried. */
  entries: InstalledEntry[];
}

export interface DoctorOptions extends InstallEnvironment {
  env: NodeJS.ProcessEnv;
  /** The version that looks; undefined where it is not known. */
  version?: string;
  vscode?: string;
  /** The setting `fermata.claudePath`. */
  claudePath: string;
  /** Where an administrator's settings are; for tests. */
  managed?: string;
}

/** Gathers what the doctor judges by. Starts `node` and `claude` to ask their versions; changes nothing. Never throws. */
export async function gatherFacts(options: DoctorOptions): Promise<DoctorFacts> {
  const { home, folders, env, version, vscode } = options;
  const claude = await claudeVersion(options.claudePath, env);
  return {
    home: await homeFacts(home),
    programs: await programFacts(home, version, env),
    locations: installedLocations(options).map((location) => ({
      path: settingsPath(locationOptions(location, options)),
      scope: location.scope,
      current: planRepair(location, options)?.changed === false,
      otherHomes: otherHomes(location, options),
    })),
    folders: (folders.length === 0 ? [undefined] : folders).map((folder) => ({
      folder,
      reach: readReachFacts({
        ...reachQuery(folder, options),
        ...(claude.version === undefined ? {} : { claude: claude.version }),
      }),
    })),
    settingsProblems: [...new Set([undefined, ...folders].flatMap((dir) => settingsProblems(home, dir)))],
    claude,
    vscode,
    entries: trustedEntries(options),
  };
}

function reachQuery(folder: string | undefined, { home, userHome, claudeConfigDir, managed }: DoctorOptions) {
  return {
    home,
    userHome,
    ...(folder === undefined ? {} : { projectDir: folder }),
    ...(claudeConfigDir === undefined ? {} : { claudeConfigDir }),
    ...(managed === undefined ? {} : { managed }),
  };
}

async function homeFacts(path: string): Promise<HomeFacts> {
  const facts: HomeFacts = { path, state: 'there', failClosed: existsSync(homePaths(path).failClosed) };
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { ...facts, state: 'missing' };
  if (!stats.isDirectory()) return { ...facts, state: 'notAFolder' };
  if (process.getuid !== undefined && stats.uid !== process.getuid()) return { ...facts, state: 'foreign' };
  if (process.platform !== 'win32') facts.mode = stats.mode & 0o777;
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return { ...facts, state: 'unwritable' };
  }
  const mount = mountOf(path);
  const fileEvents = await fileEventsArrive(path);
  return { ...facts, ...(mount === undefined ? {} : { mount }), ...(fileEvents === undefined ? {} : { fileEvents }) };
}

async function programFacts(home: string, own: string | undefined, env: NodeJS.ProcessEnv): Promise<ProgramFacts> {
  const runtime = recordedRuntime(home);
  const facts = { missing: missingPrograms(home), installed: installedVersion(home), own };
  if (runtime === undefined) return { ...facts, node: undefined };
  const runnable = isProgram(runtime.node);
  const version = runnable ? await nodeVersion(runtime.node, { ...env, ...runtime.env }) : undefined;
  const electron = runtime.env['ELECTRON_RUN_AS_NODE'] !== undefined;
  return {
    ...facts,
    node: { path: runtime.node, runnable, electron, ...(version === undefined ? {} : { version }) },
  };
}

/**
 * The entries that may be run: those that start this home's own gate exactly as an installation would. A settings file
 * may come with a cloned project, and what merely looks like ours is not started.
 */
function trustedEntries(options: DoctorOptions): InstalledEntry[] {
  const node = process.platform === 'win32' ? recordedRuntime(options.home)?.node : undefined;
  const expected = hookEntries({ home: options.home, ...(node === undefined ? {} : { windowsNode: node }) });
  const key = (event: string, hook: { command?: unknown; args?: unknown }): string =>
    JSON.stringify([event, hook.command, hook.args]);
  const known = new Set(Object.entries(expected).flatMap(([event, all]) => all.map((hook) => key(event, hook))));
  const entries = hookLocations(options.folders)
    .flatMap((location) => entriesAt(location, options))
    .map(({ event, hook }) => ({ ...hook, event }) as InstalledEntry)
    .filter((entry) => known.has(key(entry.event, entry)));
  return [...new Map(entries.map((entry) => [key(entry.event, entry), entry])).values()];
}
