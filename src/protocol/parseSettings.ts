import { compileValidator } from './compileValidator.ts';
import { plainHookSettings, plainSettings } from './schemas.ts';
import type { HookSettings, SettingName, Settings } from './settings.ts';

export const SETTING_NAMES = /* @__PURE__ */ Object.keys(plainSettings) as SettingName[];

/** Settings from untrusted values, one by one: a value that does not fit is replaced by the default and named in `rejected`. */
export const parseSettings = (values: Record<string, unknown>): { settings: Settings; rejected: string[] } =>
  parse(plainSettings, values) as { settings: Settings; rejected: string[] };

/** The same of those that hooks go by. */
export const parseHookSettings = (values: Record<string, unknown>): HookSettings =>
  parse(plainHookSettings, values).settings as HookSettings;

function parse(plains: Partial<typeof plainSettings>, values: Record<string, unknown>) {
  const rejected: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, plain] of Object.entries(plains)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const fits = value !== undefined && compileValidator(plain)(value);
    if (!fits && value !== undefined) rejected.push(name);
    settings[name] = fits ? value : plain.value;
  }
  return { settings, rejected };
}
