import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '#core/base/paths.ts';
import { uninstall, uninstallRecorded, type InstallOutcome, type UninstallOptions } from './installer.ts';

/**
 * Takes the hooks out of the person's settings and out of every other file that they were installed in. Returns one
 * outcome for each file that held some, or could not be edited.
 */
export function uninstallEverywhere(options: Omit<UninstallOptions, 'scope'>): InstallOutcome[] {
  const outcomes = [...uninstallRecorded(options), uninstall({ ...options, scope: 'user' })];
  return outcomes.filter((outcome) => !outcome.ok || outcome.changed);
}

/**
 * Makes what may still call the hooks harmless (a settings file that could not be edited, a checkout of a colleague's):
 * without a recorded Node, and without the wish to fail closed, the gate swallows its input and lets everything pass.
 */
export function disconnect(home: string): void {
  const { failClosed, runtime, hook } = homePaths(home);
  for (const path of [failClosed, runtime, hook, join(home, 'version')]) rmSync(path, { force: true });
}
