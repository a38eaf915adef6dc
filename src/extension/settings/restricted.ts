import { MACHINE_SETTINGS } from '#protocol/parseSettings.ts';
import type { SettingName } from '#protocol/settings.ts';

/** Settings that an untrusted folder must not set. The manifest lists the same names, which a test checks. */
export const RESTRICTED: readonly SettingName[] = [
  'rules',
  'spawn',
  'hooks.scope',
  'hold.seconds',
  'answer',
  'permissions',
  'teach',
  'recordPrompts',
  'agents.max',
  'agents.depth',
  'agents.perHour',
  'budget.session',
  'budget.agent',
  'budget.window',
  'workers.maxParallel',
  'workers.logMegabytes',
  'history.days',
  'watch.polling',
  ...MACHINE_SETTINGS,
];
