import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseHookSettings, parseSettings } from '#protocol/parseSettings.ts';
import type { HookSettings, Settings } from '#protocol/settings.ts';
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
 * The settings in force: those of the project over the global ones over the defaults. A file that is missing or cannot
 * be parsed counts as empty, and a value that a setting cannot have as the default.
 */
export const loadSettings = (home: string, projectDir: string | undefined): Settings =>
  parseSettings(effectiveValues(home, projectDir)).settings;

/** Those of them that hooks go by. */
export const loadHookSettings = (home: string, projectDir: string): HookSettings =>
  parseHookSettings(effectiveValues(home, projectDir));

function effectiveValues(home: string, projectDir: string | undefined): Record<string, unknown> {
  const values = settingsFiles(home, projectDir).map((file) => {
    try {
      return readValues(file);
    } catch {
      return {};
    }
  });
  return Object.assign({}, ...values) as Record<string, unknown>;
}

/** The files that count for a project, the stronger one later; they need not be there. */
export function settingsFiles(home: string, projectDir: string | undefined): string[] {
  const { settings, projects } = homePaths(home);
  return projectDir !== undefined && existsSync(projects)
    ? [settings, projectSettingsFile(home, projectDir)]
    : [settings];
}

/** What a settings file sets. Throws where it cannot be read (ENOENT where there is none) or parsed. */
export function readValues(file: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error('it is no object');
}
