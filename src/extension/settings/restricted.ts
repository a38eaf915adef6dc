import { HOOK_SETTING_NAMES, MACHINE_SETTINGS } from '#protocol/parseSettings.ts';
import type { SettingName } from '#protocol/settings.ts';

/**
 * Settings that an untrusted folder must not set: what decides about Claude's calls, what installs, what throws away, and all of the machine.
 * The manifest lists the same names, which a test checks.
 */
export const RESTRICTED: readonly SettingName[] = [
  ...new Set<SettingName>([
    ...HOOK_SETTING_NAMES,
    'hooks.scope',
    'workers.logMegabytes',
    'history.days',
    'watch.polling',
    ...MACHINE_SETTINGS,
  ]),
];
