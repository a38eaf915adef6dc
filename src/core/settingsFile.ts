import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseSettings } from '../protocol/parseSettings.ts';
import type { Settings } from '../protocol/settings.ts';
import { homePaths } from './paths.ts';

/** A folder by its real path, hashed: the name of what Fermata keeps about a project outside it. */
function projectHash(projectDir: string): string {
  let real = projectDir;
  try {
    real = realpathSync.native(projectDir);
  } catch {
    // a project that is gone still has a name
  }
  return createHash('sha256').update(real).digest('hex').slice(0, 32);
}

/** The settings file of a project in the Fermata home. */
export const projectSettingsFile = (home: string, projectDir: string): string =>
  join(homePaths(home).projects, `${projectHash(projectDir)}.json`);

/**
 * The settings in force: those of the project over the global ones over the defaults. A file that is missing or
 * cannot be parsed counts as empty; `problems` says so in words.
 */
export function loadSettings(home: string, projectDir: string | undefined): { settings: Settings; problems: string[] } {
  const problems: string[] = [];
  const read = (file: string): Record<string, unknown> => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return {};
    }
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
      problems.push(`${file} is not an object; its settings are ignored`);
    } catch (error) {
      problems.push(`${file} cannot be parsed; its settings are ignored (${(error as Error).message})`);
    }
    return {};
  };
  const own = projectDir !== undefined && existsSync(homePaths(home).projects);
  const values = {
    ...read(homePaths(home).settings),
    ...(own ? read(projectSettingsFile(home, projectDir)) : {}),
  };
  const { settings, rejected } = parseSettings(values);
  for (const name of rejected) problems.push(`the setting ${name} has a value that it cannot have; the default counts`);
  return { settings, problems };
}
