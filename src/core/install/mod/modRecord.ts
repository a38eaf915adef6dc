import { join } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { asRecord, readJson } from '#core/base/json.ts';

// Which folders of Claude Code have the plugin: CLAUDE_CONFIG_DIR may be another one when it is removed.

const MAX_FOLDERS = 20;

const recordPath = (home: string): string => join(home, 'installs', 'mod.json');

/** The folders of Claude Code into which this home has put its plugin. */
export function recordedModFolders(home: string): string[] {
  const { folders } = asRecord(readJson(recordPath(home)));
  if (!Array.isArray(folders)) return [];
  return folders.filter((each): each is string => typeof each === 'string').slice(0, MAX_FOLDERS);
}

/** Notes a folder before the plugin is put into it. Throws the system's error. */
export const rememberModFolder = (home: string, config: string): void =>
  record(home, [...new Set([...recordedModFolders(home), config])]);

/** Forgets a folder from which the plugin was removed. Throws the system's error. */
export function forgetModFolder(home: string, config: string): void {
  const before = recordedModFolders(home);
  if (before.includes(config))
    record(
      home,
      before.filter((each) => each !== config),
    );
}

function record(home: string, folders: string[]): void {
  const path = recordPath(home);
  if (folders.length === 0) return removeFileIfAny(path);
  makeFolder(join(home, 'installs'));
  writeFileAtomic(path, `${JSON.stringify({ folders }, null, 2)}\n`, { mode: 0o600 });
}
