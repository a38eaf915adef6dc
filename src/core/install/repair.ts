import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeRuntime } from './findNode.ts';
import { applyInstall, planInstall, type InstallPlan } from './installer.ts';
import {
  entriesAt,
  installedLocations,
  locationOptions,
  type HookLocation,
  type InstallEnvironment,
} from './hookLocations.ts';
import { installedVersion, isProgram, recordedRuntime } from './recordedRuntime.ts';
import { installRuntime, missingPrograms } from './runtimeFiles.ts';

export interface RepairOptions extends InstallEnvironment {
  /** The build that belongs to this version. */
  distDir: string;
  version: string;
  /** The setting `fermata.nodePath`. */
  nodePath: string;
  findNode: () => Promise<NodeRuntime>;
  now?: () => number;
}

/** What was mended, for a person: `settings` are files that were edited; `problems` are sentences. */
export interface Repair {
  programs: boolean;
  settings: string[];
  problems: string[];
}

/**
 * Brings an installation up to date: programs of another version or missing ones, a Node that is gone or no longer the
 * chosen one, entries of an older version or of a home that has moved. Where no hooks are installed nothing is done.
 * A settings file that a project shares is left to the person, and so are entries of a second home that is in use.
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
  for (const location of locations) {
    if (location.scope === 'project' || usesOtherHome(location, options)) continue;
    const plan = planRepair(location, options);
    if (plan?.changed !== true) continue;
    const outcome = applyInstall(plan);
    if (outcome.ok) repair.settings.push(outcome.file);
    else repair.problems.push(outcome.message);
  }
  return repair;
}

/** What would bring the entries of a place up to date; undefined where its file cannot be edited. Reads only. */
export function planRepair(
  location: HookLocation,
  environment: InstallEnvironment & { now?: () => number },
): InstallPlan | undefined {
  const plan = planInstall({
    ...locationOptions(location, environment),
    permissions: 'asBefore',
    formerHomes: otherHomes(location, environment).filter((home) => !isHome(home)),
    ...windowsNode(environment.home),
    ...(environment.now === undefined ? {} : { now: environment.now }),
  });
  return plan.ok ? plan : undefined;
}

/** Homes that the entries of a place call instead of this one. */
export function otherHomes(location: HookLocation, environment: InstallEnvironment): string[] {
  const ownHome = environment.home.replaceAll('\\', '/');
  const homes = entriesAt(location, environment).map(({ home }) => home);
  return [...new Set(homes)].filter((home) => home !== ownHome);
}

/** The hooks there belong to a second Fermata, with a home of its own that is in use. */
function usesOtherHome(location: HookLocation, environment: InstallEnvironment): boolean {
  return otherHomes(location, environment).some(isHome);
}

const isHome = (home: string): boolean => existsSync(join(home, 'hooks', 'gate.sh'));

function programsAreStale({ home, version, nodePath }: RepairOptions): boolean {
  const node = recordedRuntime(home)?.node;
  if (node === undefined || !isProgram(node)) return true;
  if (nodePath !== '' && isProgram(nodePath) && realPath(nodePath) !== realPath(node)) return true;
  return installedVersion(home) !== version || missingPrograms(home).length > 0;
}

/** On Windows an entry names the Node itself: the one that is recorded. */
function windowsNode(home: string): { windowsNode?: string } {
  const node = process.platform === 'win32' ? recordedRuntime(home)?.node : undefined;
  return node === undefined ? {} : { windowsNode: node };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
