import { entriesFor, homeOfEntry, impliedVersion } from './entries.ts';
import { parseJsonc } from '#core/base/jsonc.ts';
import { hooksIn } from '#core/install/settings/settingsFacts.ts';
import { readAsClaude, settingsPath, type SettingsLocation } from '#core/install/settings/claudeSettingsFile.ts';

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
    const text = readAsClaude(settingsPath(locationOptions(location, environment)))?.text ?? '';
    const parsed = parseJsonc(text.replace(/^\uFEFF/, ''));
    if (!parsed.ok) return [];
    return hooksIn(parsed.value).flatMap(({ event, group, hook }) => {
      const home = homeOfEntry(environment.home, hook);
      return home === undefined ? [] : [{ event, home, group, hook: hook as object }];
    });
  } catch {
    return []; // no such file
  }
}

/**
 * Whether a location has exactly the entries that an installation would make there, for some version of Claude Code. Cheap, since the file may come with a
 * repository: nothing is edited to find out.
 */
export function entriesAreCurrent(location: HookLocation, environment: InstallEnvironment): boolean {
  const { home } = environment;
  const present = entriesAt(location, environment);
  const entries = entriesFor(location.scope, { home, claude: impliedVersion(present) });
  const expected = Object.entries(entries).flatMap(([event, hooks]) =>
    hooks.map((hook) => ({ event, group: {}, hook })),
  );
  // a matcher of the group would leave out calls
  const texts = (entries: readonly { event: string; group: object; hook: object }[]): string[] =>
    entries.map(({ event, group, hook }) => JSON.stringify([event, { ...group, hooks: undefined }, hook])).toSorted();
  return present.length === expected.length && texts(present).join('\n') === texts(expected).join('\n');
}
