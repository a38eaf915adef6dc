import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { isOlder, isSince, newestOf, SINCE } from '#core/claude/versions.ts';
import { impliedVersion } from './entries.ts';
import { isProgram } from './executables.ts';
import type { NodeRuntime } from './findNode.ts';
import { applyInstall, planInstall, type InstallPlan } from './installer.ts';
import {
  entriesAt,
  installedLocations,
  locationOptions,
  type HookLocation,
  type InstallEnvironment,
} from './hookLocations.ts';
import { formerPaths } from './installRecord.ts';
import { installMod, readModFolder, type ModOutcome, modLocation } from './mod/modFolder.ts';
import { installedVersion, installRuntime, missingPrograms, recordedRuntime } from './runtimeFiles.ts';

export interface RepairOptions extends InstallEnvironment {
  /** The build that belongs to this version. */
  distDir: string;
  version: string;
  /** The setting `fermata.nodePath`. */
  nodePath: string;
  findNode: () => Promise<NodeRuntime>;
  /** The newest Claude Code that may read the entries; asked for only where they lack what newer ones know. */
  findClaude?: () => Promise<string | undefined>;
  now?: () => number;
}

/** What was repaired, for a person: `settings` are the files that were edited; `problems` are sentences. */
export interface Repair {
  programs: boolean;
  settings: string[];
  problems: string[];
}

/**
 * Replaces programs that are missing or outdated, a Node that is gone or no longer the chosen one, and entries of an
 * older version, or of this home before it moved. Does nothing where no hooks are installed. Leaves alone a settings file
 * that a project shares, and entries of any other home: one that cannot be seen from here may be that of another machine or
 * container with the same settings.
 */
export async function repairInstallation(options: RepairOptions): Promise<Repair> {
  const repair: Repair = { programs: false, settings: [], problems: [] };
  const locations = installedLocations(options);
  if (locations.every((location) => usesOtherHome(location, options))) return repair;
  if (programsAreStale(options)) {
    const { home, distDir, version } = options;
    const node = await options.findNode();
    const result = installRuntime({ home, distDir, version, nodePath: node.path, electron: node.electron });
    if (!result.ok) return { ...repair, problems: [result.message] };
    repair.programs = true;
  }
  const plugin = renewMod(options);
  if (plugin?.ok === false) repair.problems.push(plugin.message);
  for (const location of locations) {
    if (location.scope === 'project' || usesOtherHome(location, options)) continue;
    const plan = planRepair(location, options, await knownVersion(location, options));
    if (plan?.changed !== true) continue;
    const outcome = applyInstall(plan);
    if (outcome.ok) repair.settings.push(outcome.file);
    else repair.problems.push(outcome.message);
  }
  return repair;
}

/** Brings the plugin in Claude Code up to date, unless it is of a newer version or of another home, or was changed. */
function renewMod(options: RepairOptions): ModOutcome | undefined {
  const { home, version, distDir } = options;
  const place = modLocation(options);
  const found = readModFolder(place);
  if (found.state !== 'ours' || found.home !== home || isOlder(version, found.version)) return undefined;
  const module = readTextIfAny(join(distDir, 'hooks', 'register.js'));
  return module === undefined ? undefined : installMod({ ...place, module, version });
}

/**
 * The Claude Code that is known to read the entries of a location: they are not made poorer for an older one. Undefined
 * where neither they nor anything else tells of one.
 */
async function knownVersion(location: HookLocation, options: RepairOptions): Promise<string | undefined> {
  const implied = impliedVersion(entriesAt(location, options));
  if (isSince(implied, SINCE.asksAboutSkillCommands)) return implied;
  const found = await options.findClaude?.();
  return found === undefined && !isSince(implied, SINCE.refusesOnFailure) ? undefined : newestOf([implied, found]);
}

/** Plans the update of the entries of a location; undefined if its file cannot be edited. Writes nothing. */
function planRepair(
  location: HookLocation,
  environment: InstallEnvironment & { now?: () => number },
  claude: string | undefined,
): InstallPlan | undefined {
  const plan = planInstall({
    ...locationOptions(location, environment),
    permissions: 'asBefore',
    formerHomes: otherHomes(location, environment),
    claude,
    now: environment.now,
  });
  return plan.ok ? plan : undefined;
}

/** The homes that the entries of a location call instead of this one. */
export function otherHomes(location: HookLocation, environment: InstallEnvironment): string[] {
  const ownHome = environment.home.replaceAll('\\', '/');
  const homes = entriesAt(location, environment).map(({ home }) => home);
  return [...new Set(homes)].filter((home) => home !== ownHome);
}

/** Whether the hooks of a location belong to a second Fermata. */
const usesOtherHome = (location: HookLocation, environment: InstallEnvironment): boolean =>
  otherHomes(location, environment).some((home) => !hasMovedFrom(environment.home, home));

/** Whether a home is now what was at that path: it has records of it, and nothing is there any more. */
const hasMovedFrom = (home: string, path: string): boolean =>
  !existsSync(join(path, 'hooks', 'gate.sh')) &&
  formerPaths(home).some((former) => former.replaceAll('\\', '/') === path);

function programsAreStale({ home, version, nodePath }: RepairOptions): boolean {
  const node = recordedRuntime(home)?.node;
  if (node === undefined || !isProgram(node)) return true;
  if (nodePath !== '' && isProgram(nodePath) && realPath(nodePath) !== realPath(node)) return true;
  return installedVersion(home) !== version || missingPrograms(home).length > 0;
}
