import { acceptor } from './acceptor.ts';
import { plainSettings } from './schemas.ts';
import type { SettingName, Settings } from './settings.ts';

export const SETTING_NAMES = Object.keys(plainSettings) as SettingName[];

/** Settings from untrusted values, one by one: a value that does not fit is replaced by the default and named in `rejected`. */
export function parseSettings(values: Record<string, unknown>): { settings: Settings; rejected: string[] } {
  const rejected: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const plain = plainSettings[name];
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const fits = value !== undefined && acceptor(plain)(value);
    if (!fits && value !== undefined) rejected.push(name);
    settings[name] = fits ? value : plain.value;
  }
  return { settings: settings as Settings, rejected };
}
