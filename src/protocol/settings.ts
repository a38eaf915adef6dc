import * as z from 'zod/mini';
import { SUM_PATTERN } from './budgetSum.ts';

const bool = (defaultValue: boolean) => z._default(z.boolean(), defaultValue);
const int = (low: number, high: number, defaultValue: number) =>
  z._default(z.int().check(z.minimum(low), z.maximum(high)), defaultValue);
const sum = z._default(z.string().check(z.regex(new RegExp(`^(?:${SUM_PATTERN})?$`))), '');
const text = (defaultValue: string) => z._default(z.string(), defaultValue);
const notificationLevel = (defaultValue: 'off' | 'statusBar' | 'notification') =>
  z._default(z.enum(['off', 'statusBar', 'notification']), defaultValue);

/** The settings without the prefix `fermata.`: name, type, bounds, default. A test compares them with the manifest. */
export const settingSchemas = {
  rules: z._default(z.record(z.string(), z.string()), {}),
  spawn: z._default(z.enum(['auto', 'ask', 'off']), 'auto'),
  'hooks.scope': z._default(z.enum(['user', 'local', 'project']), 'user'),
  'hold.seconds': int(0, 86_400, 20),
  answer: z._default(z.enum(['json', 'exitCode']), 'json'),
  failClosed: bool(false),
  collisions: z._default(z.enum(['off', 'warn']), 'warn'),
  git: z._default(z.enum(['off', 'warn', 'hold']), 'warn'),
  permissions: z._default(z.enum(['off', 'show', 'answer']), 'show'),
  teach: bool(false),
  recordPrompts: bool(false),
  'agents.max': int(0, 1000, 0),
  'agents.depth': int(0, 64, 0),
  'agents.perHour': int(0, 1000, 0),
  'budget.session': sum,
  'budget.agent': sum,
  'budget.window': z._default(z.string().check(z.regex(/^(?:(?:5h|7d)(?::(?:[1-9]\d?|100))?)?$/)), ''),
  'workers.maxParallel': int(1, 64, 4),
  'workers.abortGraceSeconds': int(1, 60, 5),
  'workers.silentSeconds': int(10, 3600, 120),
  'workers.logMegabytes': int(1, 1000, 20),
  'notify.permission': notificationLevel('notification'),
  'notify.block': notificationLevel('notification'),
  'notify.escalation': notificationLevel('notification'),
  'notify.turn': notificationLevel('notification'),
  'notify.decision': notificationLevel('statusBar'),
  'notify.done': notificationLevel('statusBar'),
  'notify.system': z._default(z.enum(['off', 'bell', 'notification']), 'off'),
  'notify.blockAfterSeconds': int(0, 3600, 10),
  statusBar: z._default(z.enum(['always', 'active', 'never']), 'active'),
  'history.days': int(0, 3650, 14),
  'watch.polling': z._default(z.enum(['auto', 'always', 'never']), 'auto'),
  'machines.url': text(''),
  'machines.creds': text(''),
  'machines.ca': text(''),
  'machines.name': text(''),
  'machines.space': text('default'),
  'machines.share': z._default(z.enum(['needed', 'all']), 'needed'),
  'machines.bringMegabytes': int(0, 1000, 8),
  'machines.roles': z._default(z.record(z.string(), z.enum(['worker', 'person'])), {}),
  nodePath: text(''),
  claudePath: text(''),
  'machines.start': z._default(
    z.record(
      z.string(),
      z.strictObject({
        command: z.array(z.string()).check(z.minLength(1)),
        cwd: z.optional(z.string()),
        credentials: z.optional(z.string()),
      }),
    ),
    {},
  ),
} as const;

export type SettingName = keyof typeof settingSchemas;
export type Settings = { [K in SettingName]: z.output<(typeof settingSchemas)[K]> };

/** The settings that hooks read: hook.cjs carries the schemas of only these. */
export const HOOK_SETTINGS = [
  'rules',
  'spawn',
  'hold.seconds',
  'answer',
  'git',
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
  'machines.share',
] as const satisfies SettingName[];
export type HookSettings = Pick<Settings, (typeof HOOK_SETTINGS)[number]>;
