import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MACHINE_SETTINGS, parseHookSettings, parseSettings } from '#protocol/parseSettings.ts';
import type { HookSettings, Settings } from '#protocol/settings.ts';
import { decodeText } from './encoding.ts';
import { realPath } from './files/facts.ts';
import { readBytes } from './files/readFile.ts';
import { asRecord, isRecord, readJson } from './json.ts';
import { homePaths } from './paths.ts';

/** Names what Fermata keeps about a project outside it: the hash of the folder's real path. */
const projectHash = (projectDir: string): string =>
  createHash('sha256').update(realPath(projectDir)).digest('hex').slice(0, 32);

/** The settings file of a project in the Fermata home. */
export const projectSettingsFile = (home: string, projectDir: string): string =>
  join(homePaths(home).projects, `${projectHash(projectDir)}.json`);

/**
 * The settings in force: those of the project over the global ones over the defaults; a project cannot set those of the
 * machine. A file that is missing or cannot be parsed counts as empty, and an invalid value as the setting's default.
 */
export function loadSettings(home: string, projectDir: string | undefined): Settings {
  // each file is read once: a runner looks every second
  const [global = {}, ...others] = settingsFiles(home, projectDir).map(valuesOf);
  const machine = MACHINE_SETTINGS.map((name) => [name, global[name]]);
  return parseSettings(Object.assign({}, global, ...others, Object.fromEntries(machine))).settings;
}

/** The settings that hooks use. */
export const loadHookSettings = (home: string, projectDir: string): HookSettings =>
  parseHookSettings(effectiveValues(home, projectDir));

const effectiveValues = (home: string, projectDir: string): Record<string, unknown> =>
  Object.assign({}, ...settingsFiles(home, projectDir).map(valuesOf)) as Record<string, unknown>;

const valuesOf = (file: string): Record<string, unknown> => asRecord(readJson(file));

/** The files that count for a project, the stronger one later; they need not exist. */
export function settingsFiles(home: string, projectDir: string | undefined): string[] {
  const { settings, projects } = homePaths(home);
  return projectDir !== undefined && existsSync(projects)
    ? [settings, projectSettingsFile(home, projectDir)]
    : [settings];
}

/** The values in a settings file. Throws where it cannot be read (ENOENT where there is none) or is no JSON object. */
export function readValues(file: string): Record<string, unknown> {
  const text = decodeText(readBytes(file));
  if (text === undefined) throw new Error('it is neither UTF-8 nor UTF-16');
  const value: unknown = JSON.parse(text);
  if (isRecord(value)) return value;
  throw new Error('it is no object');
}
