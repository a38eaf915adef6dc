import { compileValidator } from './compileValidator.ts';
import { hookSettingJsonSchemas, settingJsonSchemas } from './schemas.ts';
import type { HookSettings, SettingName, Settings } from './settings.ts';

export const SETTING_NAMES = /* @__PURE__ */ Object.keys(settingJsonSchemas) as SettingName[];
/** Those that hooks read: they decide what Claude's calls may do. */
export const HOOK_SETTING_NAMES = /* @__PURE__ */ Object.keys(hookSettingJsonSchemas) as (keyof HookSettings)[];

/**
 * The settings that count for the whole machine: each names a program, a file or a server, or decides what happens where Fermata fails. A
 * folder, which may be a cloned repository, cannot set them. The manifest gives them the scope `machine`.
 */
export const MACHINE_SETTINGS: readonly SettingName[] = [
  'failClosed',
  // written out: a hook is to have no schemas but those of its own settings
  ...(['url', 'creds', 'ca', 'name', 'space', 'share', 'bringMegabytes', 'roles', 'start'] as const).map(
    (name) => `machines.${name}` as const,
  ),
  'nodePath',
  'claudePath',
];

/** Settings from untrusted values: a value that is not valid is replaced by the default and named in `rejected`. */
export const parseSettings = (values: Record<string, unknown>): { settings: Settings; rejected: string[] } =>
  parse(settingJsonSchemas, values) as { settings: Settings; rejected: string[] };

/** The same for the settings that hooks read. */
export const parseHookSettings = (values: Record<string, unknown>): HookSettings =>
  parse(hookSettingJsonSchemas, values).settings as HookSettings;

function parse(schemas: Partial<typeof settingJsonSchemas>, values: Record<string, unknown>) {
  const rejected: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const fits = value !== undefined && compileValidator(schema)(value);
    if (!fits && value !== undefined) rejected.push(name);
    settings[name] = fits ? value : schema.default;
  }
  return { settings, rejected };
}
