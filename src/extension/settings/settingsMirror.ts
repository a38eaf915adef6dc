import { dirname, join } from 'node:path';
import { l10n } from 'vscode';
import { decodeText } from '#core/base/encoding.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { readBytes } from '#core/base/files/readFile.ts';
import { homePaths } from '#core/base/paths.ts';
import { projectSettingsFile } from '#core/base/settings.ts';

/** The settings that are set in VS Code, by name: the person's, and those of each folder by its path. */
export interface ExplicitSettings {
  user: Record<string, unknown>;
  folders: Map<string, Record<string, unknown>>;
}

export interface MirrorOptions {
  home: string;
  explicit: ExplicitSettings;
  /** Names of settings that are left as they are, since the window is in Restricted Mode. */
  frozen: ReadonlySet<string>;
}

/**
 * Brings one settings file in line with VS Code: keys that are set are written, keys of `managed` that are no longer set are
 * removed, all others stay. The returned `managed` are the keys to pass the next time. Pure.
 */
export function mirrored(
  file: Record<string, unknown>,
  managed: readonly string[],
  explicit: Record<string, unknown>,
  frozen: ReadonlySet<string>,
): { file: Record<string, unknown>; managed: string[] } {
  const kept = Object.entries(file).filter(
    ([name]) => frozen.has(name) || !managed.includes(name) || Object.hasOwn(explicit, name),
  );
  const set = Object.entries(explicit).filter(([name]) => !frozen.has(name));
  const next = Object.fromEntries([...kept, ...set]);
  const stillManaged = managed.filter((name) => frozen.has(name) && Object.hasOwn(file, name));
  return { file: next, managed: [...new Set([...stillManaged, ...set.map(([name]) => name)])].toSorted() };
}

/** Brings the settings files of the home in line with VS Code. Throws the system's error, or one that names a file that cannot be parsed. */
export function mirrorSettings({ home, explicit, frozen }: MirrorOptions): void {
  const paths = homePaths(home);
  mirrorFile(paths.settings, explicit.user, frozen);
  for (const [folder, values] of explicit.folders) mirrorFile(projectSettingsFile(home, folder), values, frozen);
  const failClosed = readObject(paths.settings)['failClosed'] === true;
  if (failClosed) writeFileAtomic(paths.failClosed, '', { mode: 0o600 });
  else removeFileIfAny(paths.failClosed);
}

function mirrorFile(path: string, explicit: Record<string, unknown>, frozen: ReadonlySet<string>): void {
  const keysFile = join(dirname(path), `.${path.slice(dirname(path).length + 1)}.vscode`);
  const before = readObject(path);
  const known = readObject(keysFile)['keys'];
  const managed = Array.isArray(known) ? known.filter((name) => typeof name === 'string') : [];
  const next = mirrored(before, managed, explicit, frozen);
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  if (same(before, next.file) && same(managed, next.managed)) return;
  makeFolder(dirname(path));
  writeFileAtomic(keysFile, `${JSON.stringify({ keys: next.managed })}\n`, { mode: 0o600 });
  if (!same(before, next.file)) writeFileAtomic(path, `${JSON.stringify(next.file, null, 2)}\n`, { mode: 0o600 });
}

/** Throws for a file that cannot be parsed, so that it is not overwritten while a person edits it. */
function readObject(path: string): Record<string, unknown> {
  let text: string | undefined;
  try {
    text = decodeText(readBytes(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // reported below
  }
  throw new Error(l10n.t('{0} is not a JSON object; correct it, or remove it to start anew.', path));
}
