import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planInstall, planUninstall } from '../core/install/installer.ts';
import type { InstallScope } from '../core/install/settingsFile.ts';
import type { PanelState } from '../protocol/messages.ts';
import { recordedRuntime } from './recordedRuntime.ts';

/** One settings file of Claude Code in which hooks may be installed. */
export interface HookPlace {
  scope: InstallScope;
  projectDir?: string;
}

export interface HookSurroundings {
  /** The Fermata home. */
  home: string;
  folders: readonly string[];
  userHome: string;
  claudeConfigDir: string | undefined;
}

/** Every settings file that counts for these folders. */
export function hookPlaces(folders: readonly string[]): HookPlace[] {
  const own = (projectDir: string): HookPlace[] => [
    { scope: 'local', projectDir },
    { scope: 'project', projectDir },
  ];
  return [{ scope: 'user' }, ...folders.flatMap(own)];
}

/** What core's installer needs to know of a place. */
export function placeOptions(place: HookPlace, { home, userHome, claudeConfigDir }: HookSurroundings) {
  return { ...place, home, userHome, ...(claudeConfigDir === undefined ? {} : { claudeConfigDir }) };
}

/** The places that hold entries of ours, of this or an older version. */
export function installedPlaces(around: HookSurroundings): HookPlace[] {
  return hookPlaces(around.folders).filter((place) => {
    const plan = planUninstall(placeOptions(place, around));
    return plan.ok && plan.before !== null && plan.changed && mentionsHooks(plan.before);
  });
}

// permission rules alone are no hooks
const mentionsHooks = (text: string): boolean => /gate\.sh|hook\.cjs/.test(text);

/** Whether Claude Code asks Fermata in these folders, and if not, why. Reads only. */
export function hookState(around: HookSurroundings): PanelState['hooks'] {
  const places = installedPlaces(around);
  if (places.length === 0) return { state: 'missing' };
  const complete = places.some((place) => {
    const plan = planInstall({ ...placeOptions(place, around), permissions: false, ...windowsNode(around.home) });
    return plan.ok && !plan.changed;
  });
  if (!complete) return { state: 'broken', detail: 'Some entries are missing or of an older version.' };
  const missing = ['hooks/gate.sh', 'hooks/hook.cjs', 'runtime'].find((name) => !existsSync(join(around.home, name)));
  if (missing !== undefined) return { state: 'broken', detail: `${join(around.home, missing)} is missing.` };
  const node = recordedRuntime(around.home)?.node;
  if (node === undefined || !existsSync(node))
    return { state: 'broken', detail: `There is no Node at ${node ?? 'the recorded place'}.` };
  const untrusted = around.folders.find((folder) => isRefused(folder, around.userHome));
  return untrusted === undefined ? { state: 'installed' } : { state: 'untrusted', detail: untrusted };
}

/** On Windows an entry names the Node itself; the one that was recorded is the one to compare with. */
function windowsNode(home: string): { windowsNode?: string } {
  const node = process.platform === 'win32' ? recordedRuntime(home)?.node : undefined;
  return node === undefined ? {} : { windowsNode: node };
}

/** Claude Code runs no hook in a folder whose trust question has not been accepted. Where it never ran, nothing is known. */
function isRefused(folder: string, userHome: string): boolean {
  try {
    const file = JSON.parse(readFileSync(join(userHome, '.claude.json'), 'utf8')) as {
      projects?: Record<string, { hasTrustDialogAccepted?: unknown }>;
    };
    return file.projects?.[folder]?.hasTrustDialogAccepted === false;
  } catch {
    return false;
  }
}
