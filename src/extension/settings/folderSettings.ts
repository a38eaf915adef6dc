import { readTextIfAny } from '#core/base/files/readFile.ts';
import { MACHINE_SETTINGS } from '#protocol/parseSettings.ts';
import { PREFIX } from '#extension/base/ids.ts';

/** The values of a folder. The editor keeps the settings of the machine from it; so does this, whatever the editor lets through. */
export const withoutMachineSettings = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !MACHINE_SETTINGS.some((each) => each === name)));

/**
 * The settings of the machine that a settings file of a folder names. The editor ignores them there, and its API does
 * not show them, so the text is searched; a comment that names one counts as well.
 */
export function machineSettingsIn(file: string): string[] {
  const text = readTextIfAny(file) ?? '';
  return MACHINE_SETTINGS.map((name) => `${PREFIX}.${name}`).filter((name) => text.includes(`"${name}"`));
}
