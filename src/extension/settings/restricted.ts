import type { SettingName } from '#protocol/settings.ts';

/** Settings that an untrusted folder must not set. The manifest lists the same names, which a test checks. */
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
  'machines.url',
  'machines.creds',
  'machines.ca',
  'machines.name',
  'machines.space',
  'machines.share',
  'machines.roles',
  'machines.start',
  'nodePath',
  'claudePath',
];
