import { readFileSync } from 'node:fs';
import { getNodeValue } from 'jsonc-parser';
import { homeOfEntry } from './entries.ts';
import { planUninstall } from './installer.ts';
import { parseText } from './jsonText.ts';
import { hooksIn } from './settingsFacts.ts';
import { settingsPath, type InstallScope } from './settingsFile.ts';

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

/** What the installer needs to know of a place. */
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

/** Our entries in the settings of a place, as they stand there, by event. */
export function entriesAt(place: HookPlace, around: HookSurroundings): { event: string; home: string; hook: object }[] {
  try {
    const text = readFileSync(settingsPath(placeOptions(place, around)), 'utf8').replace(/^\uFEFF/, '');
    const parsed = parseText(text);
    if (!parsed.ok || parsed.json.root === undefined) return [];
    return hooksIn(getNodeValue(parsed.json.root)).flatMap(({ event, hook }) => {
      const home = homeOfEntry(around.home, hook);
      return home === undefined ? [] : [{ event, home, hook: hook as object }];
    });
  } catch {
    return []; // no such file
  }
}
