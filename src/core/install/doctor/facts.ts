import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { tryFolder, type FolderTraits } from '#core/base/files/traits.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { readValues, settingsFiles } from '#core/base/settings.ts';
import { SINCE } from '#core/claude/versions.ts';
import { hookEntries, impliedVersion, isFailClosed, isFermataEntry, sharedEntries } from '#core/install/entries.ts';
import { claudeVersion, isProgram, readVersion, type ProgramVersion } from '#core/install/executables.ts';
import type { ReachFacts } from '#core/install/hookReach.ts';
import {
  entriesAreCurrent,
  entriesAt,
  hookLocations,
  installedLocations,
  locationOptions,
  type HookLocation,
  type InstallEnvironment,
} from '#core/install/hookLocations.ts';
import { readRecord } from '#core/install/installRecord.ts';
import { readModFacts } from '#core/install/mod/modFacts.ts';
import { modLocation } from '#core/install/mod/modFolder.ts';
import { modReach, type ModReach } from '#core/install/mod/modReach.ts';
import { readReachFacts } from '#core/install/reachFacts.ts';
import { otherHomes } from '#core/install/repair.ts';
import { installedVersion, missingPrograms, recordedRuntime, windowsRuntime } from '#core/install/runtimeFiles.ts';
import { findSettings, settingsPath } from '#core/install/settings/claudeSettingsFile.ts';
import { keepsStatusLine } from '#core/install/settings/statusLineEdit.ts';
import { fileEventsArrive, mountOf } from './fileSystem.ts';
import { machineFacts, type MachineFacts } from './machineFindings.ts';
import { processFacts, type ProcessFacts } from './processFindings.ts';
import type { InstalledEntry } from './runHook.ts';

export interface HomeFacts {
  path: string;
  state: 'missing' | 'notAFolder' | 'foreign' | 'unwritable' | 'readOnly' | 'full' | 'there';
  /** Permission bits; undefined on Windows, where they mean nothing. */
  mode?: number;
  /** The type of the file system; undefined if unknown. */
  mount?: string;
  /** Whether watchers are notified of changes there; undefined if that could not be tried. */
  fileEvents?: boolean;
  /** What can be done there; undefined if that could not be tried. */
  traits?: FolderTraits;
  failClosed: boolean;
}

export interface ProgramFacts {
  missing: string[];
  /** The version of the programs in the home; undefined if unknown. */
  installed: string | undefined;
  /** The version that runs the doctor; undefined if unknown. */
  own: string | undefined;
  node: { path: string; runnable: boolean; version?: string; electron: boolean } | undefined;
}

/** One settings file that has entries of ours. */
export interface LocationFacts {
  path: string;
  scope: HookLocation['scope'];
  current: boolean;
  /** The version of Claude Code for which its entries were made, as far as that shows in them. */
  madeFor: string;
  /** The homes that its entries call instead of this one. */
  otherHomes: string[];
}

export interface DoctorFacts {
  home: HomeFacts;
  programs: ProgramFacts;
  locations: LocationFacts[];
  /** What decides whether hooks run in each folder or, without folders, in every project. */
  folders: { folder: string | undefined; reach: ReachFacts }[];
  /** Whether the plugin in Claude Code runs; undefined where none is installed. */
  mod: ModReach | undefined;
  /** Where the person wanted the status line to go through Fermata: the settings file, and whether it does. */
  statusLine: { path: string; kept: boolean } | undefined;
  /** What this system shows of its processes. */
  processes: ProcessFacts;
  /** Settings of Fermata that cannot be read, a sentence each. */
  settingsProblems: string[];
  /** The connection to other machines; undefined where the settings name no server. */
  machines: MachineFacts | undefined;
  claude: ProgramVersion;
  vscode: string | undefined;
  /** The entries of this home that may be run. */
  entries: InstalledEntry[];
}

export interface DoctorOptions extends InstallEnvironment {
  env: NodeJS.ProcessEnv;
  /** The version that runs the doctor. */
  version?: string;
  vscode?: string;
  /** The setting `fermata.claudePath`. */
  claudePath: string;
  /** The folder of an administrator's settings; for tests. */
  managed?: string;
}

/** Reads the facts. Starts `node` and `claude` to ask for their versions; changes nothing. Never throws. */
export async function gatherFacts(options: DoctorOptions): Promise<DoctorFacts> {
  const { home, folders, env, version, vscode } = options;
  const claude = await claudeVersion(options.claudePath, env, folders);
  const reachOf = (projectDir: string | undefined): ReachFacts =>
    readReachFacts({ ...options, projectDir, claude: claude.version });
  return {
    home: await homeFacts(home),
    programs: await programFacts(home, version, env),
    locations: installedLocations(options).map((location) => ({
      path: settingsPath(locationOptions(location, options)),
      scope: location.scope,
      current: entriesAreCurrent(location, options),
      madeFor: impliedVersion(entriesAt(location, options)),
      otherHomes: otherHomes(location, options),
    })),
    folders: (folders.length === 0 ? [undefined] : folders).map((folder) => ({
      folder,
      reach: reachOf(folder),
    })),
    mod: modReach(readModFacts(modLocation(options), reachOf(folders[0]), Date.now())),
    statusLine: statusLineFacts(options),
    processes: processFacts(),
    settingsProblems: [...new Set([undefined, ...folders].flatMap((dir) => settingsProblems(home, dir)))],
    machines: machineFacts(home, Date.now()),
    claude,
    vscode,
    entries: trustedEntries(options),
  };
}

function statusLineFacts(options: DoctorOptions): DoctorFacts['statusLine'] {
  const found = findSettings({ ...options, scope: 'user' });
  if (!found.ok) return undefined;
  const { path, target, text } = found.file;
  if (readRecord(options.home, target)?.statusLine !== true) return undefined;
  return { path, kept: keepsStatusLine(text ?? '', isFermataEntry(options.home)) };
}

/** The errors in the settings that count for a project, a clause each. */
function settingsProblems(home: string, projectDir: string | undefined): string[] {
  return settingsFiles(home, projectDir).flatMap((file) => {
    try {
      const { rejected } = parseSettings(readValues(file));
      return rejected.map((name) => `the setting ${name} has a value that it cannot have; the default counts`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return [`${file} cannot be parsed; its settings are ignored (${(error as Error).message})`];
    }
  });
}

async function homeFacts(path: string): Promise<HomeFacts> {
  const facts: HomeFacts = { path, state: 'there', failClosed: isFailClosed(path) };
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { ...facts, state: 'missing' };
  if (!stats.isDirectory()) return { ...facts, state: 'notAFolder' };
  if (process.getuid !== undefined && stats.uid !== process.getuid()) return { ...facts, state: 'foreign' };
  if (process.platform !== 'win32') facts.mode = stats.mode & 0o777;
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    facts.traits = tryFolder(join(path, '.doctor-'));
  } catch (error) {
    return {
      ...facts,
      mount: mountOf(path),
      state: UNWRITABLE.get((error as NodeJS.ErrnoException).code) ?? 'unwritable',
    };
  }
  return { ...facts, mount: mountOf(path), fileEvents: await fileEventsArrive(path) };
}

/** The system's errors where a folder takes nothing. */
const UNWRITABLE = new Map<string | undefined, HomeFacts['state']>([
  ['EROFS', 'readOnly'],
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
]);

async function programFacts(home: string, own: string | undefined, env: NodeJS.ProcessEnv): Promise<ProgramFacts> {
  const runtime = recordedRuntime(home);
  const facts = { missing: missingPrograms(home), installed: installedVersion(home), own };
  if (runtime === undefined) return { ...facts, node: undefined };
  const runnable = isProgram(runtime.node);
  const args = ['-p', 'process.versions.node'];
  const version = runnable ? await readVersion(runtime.node, args, { ...env, ...runtime.env }) : undefined;
  const electron = runtime.env['ELECTRON_RUN_AS_NODE'] !== undefined;
  return { ...facts, node: { path: runtime.node, runnable, electron, version } };
}

/**
 * The entries that may be run: those that start this home's own gate exactly as an installation would. A settings file
 * may come with a cloned project, so an entry that only resembles ours is not run.
 */
function trustedEntries(options: DoctorOptions): InstalledEntry[] {
  const { home } = options;
  const key = ({ event, command, args }: InstalledEntry): string => JSON.stringify([event, command, args]);
  const runtime = windowsRuntime(home);
  const claude = SINCE.asksAboutSkillCommands;
  const own = [false, true].map((failClosed) => hookEntries({ home, ...runtime, claude, failClosed }));
  const expected = [...own, sharedEntries()].flatMap((entries) => Object.entries(entries));
  const known = new Set(expected.flatMap(([event, hooks]) => hooks.map((hook) => key({ ...hook, event }))));
  const entries = hookLocations(options.folders)
    .flatMap((location) => entriesAt(location, options))
    .map(({ event, hook }) => ({ ...hook, event }) as InstalledEntry)
    .filter((entry) => known.has(key(entry)));
  return [...new Map(entries.map((entry) => [key(entry), entry])).values()];
}
