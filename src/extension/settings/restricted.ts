import type { SettingName } from '#protocol/settings.ts';

/** Settings that a folder nobody trusts must not set; the manifest lists the same names (tested). */
export const RESTRICTED: readonly SettingName[] = [
  'rules',
  'spawn',
  'hooks.scope',
  'hold.seconds',
  'answer',
  'failClosed',
  'permissions',
  'teach',
  'recordPrompts',
  'workers.maxParallel',
  'workers.logMegabytes',
  'history.days',
  'watch.polling',
  'nodePath',
  'claudePath',
];
