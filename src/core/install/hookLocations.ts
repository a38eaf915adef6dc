import { homeOfEntry } from './entries.ts';
import { parseJsonc } from '#core/base/jsonc.ts';
import { hooksIn } from '#core/install/settings/settingsFacts.ts';
import { readText, settingsPath, type SettingsLocation } from '#core/install/settings/claudeSettingsFile.ts';

/** One settings file of Claude Code in which hooks may be installed. */
export type HookLocation = Pick<SettingsLocation, 'scope' | 'projectDir'>;

/** The folders of one person that decide which settings files count, and which hooks in them are ours. */
export interface InstallEnvironment {
  /** The Fermata home. */
  home: string;
  /** The projects in question, absolute. */
  folders: readonly string[];
  userHome: string;
  claudeConfigDir: string | undefined;
}

/** Every settings file that counts for these folders. */
export function hookLocations(folders: readonly string[]): HookLocation[] {
  const scopes = ['local', 'project'] as const;
  return [{ scope: 'user' }, ...folders.flatMap((projectDir) => scopes.map((scope) => ({ scope, projectDir })))];
}

/** The installer's options for one location. */
export function locationOptions(location: HookLocation, { home, userHome, claudeConfigDir }: InstallEnvironment) {
  return { ...location, home, userHome, claudeConfigDir };
}

/** The locations that have entries of ours, of this or an older version. */
export function installedLocations(environment: InstallEnvironment): HookLocation[] {
  return hookLocations(environment.folders).filter((location) => entriesAt(location, environment).length > 0);
}

/** Our entries in the settings file of a location, each with its event and the Fermata home that it calls. */
export function entriesAt(location: HookLocation, environment: InstallEnvironment) {
  try {
    const text = readText(settingsPath(locationOptions(location, environment))) ?? '';
    const parsed = parseJsonc(text.replace(/^\uFEFF/, ''));
    if (!parsed.ok) return [];
    return hooksIn(parsed.value).flatMap(({ event, hook }) => {
      const home = homeOfEntry(environment.home, hook);
      return home === undefined ? [] : [{ event, home, hook: hook as object }];
    });
  } catch {
    return []; // no such file
  }
}
