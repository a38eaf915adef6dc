import { statOf } from '#core/base/files/facts.ts';
import { loadSettings } from '#core/base/settings.ts';
import {
  ConnectionProblem,
  defaultName,
  fullPath,
  readConnection,
  type Connection,
} from '#core/machines/connection.ts';
import type { Settings } from '#protocol/settings.ts';

/** The settings of a home that are about other machines. */
export interface HomeSettings {
  settings: Settings;
  name: string;
  space: string;
  /** Undefined where there is no URL, or where it cannot be used. */
  connection?: Connection;
  /** Why not, as a sentence. */
  problem?: string;
  /** Another text means that something has changed: a setting, or a file that one names. */
  fingerprint: string;
}

/** Reads them. Never throws. */
export function readHomeSettings(home: string): HomeSettings {
  const settings = loadSettings(home, undefined);
  const ours = Object.entries(settings).filter(([name]) => name.startsWith('machines.'));
  const changed = (['machines.creds', 'machines.ca'] as const).map((name) => {
    const stats = statOf(fullPath(settings[name]));
    return `${stats?.mtimeMs} ${stats?.ctimeMs} ${stats?.mode}`;
  });
  const found = {
    settings,
    name: settings['machines.name'] || defaultName(),
    space: settings['machines.space'],
    fingerprint: JSON.stringify([ours, changed]),
  };
  try {
    const connection = readConnection(settings);
    return { ...found, ...(connection !== undefined && { connection }) };
  } catch (error) {
    if (!(error instanceof ConnectionProblem)) throw error;
    return { ...found, problem: error.message };
  }
}
