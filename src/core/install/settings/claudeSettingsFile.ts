import { lstatSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '#core/base/files/folder.ts';
import { removeEmptyFolder } from '#core/base/files/remove.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';

/** One of Claude Code's settings files: the person's, the person's in one project, or everyone's in one project. */
export type InstallScope = 'user' | 'local' | 'project';

export interface SettingsLocation {
  scope: InstallScope;
  /** Needed for `local` and `project`. */
  projectDir?: string;
  /** The value of CLAUDE_CONFIG_DIR, if it is set. */
  claudeConfigDir?: string;
  /** The person's home; for tests. */
  userHome?: string;
}

export interface SettingsFile {
  /** The path that Claude Code reads. */
  path: string;
  /** The file that is written: `path` itself or, if that is a link, the file that it points to. */
  target: string;
  /** With its byte order mark; null if there is no such file. */
  text: string | null;
  encoding: Encoding;
}

/** The encodings that Claude Code reads: UTF-16 with a byte order mark, as Windows PowerShell 5 writes it, too. */
export type Encoding = 'utf8' | 'utf16le';

/** The reason why an installation is not possible, for a person. Lines and columns count from 1. */
export interface InstallProblem {
  message: string;
  file: string;
  line?: number;
  column?: number;
}

export interface Refusal {
  ok: false;
  problem: InstallProblem;
}

export type SettingsLookup = { ok: true; file: SettingsFile } | Refusal;

/** The path of the settings file of a scope. */
export function settingsPath({ scope, projectDir, claudeConfigDir, userHome = homedir() }: SettingsLocation): string {
  if (scope === 'user')
    return join(claudeConfigDir ? resolve(claudeConfigDir) : join(userHome, '.claude'), 'settings.json');
  return join(resolve(projectDir ?? ''), '.claude', scope === 'local' ? 'settings.local.json' : 'settings.json');
}

/**
 * Reads the settings file of a scope, which may be missing. Problems are: no such project folder, a link to a missing
 * file, a file that is not UTF-8 text (its bytes could not be restored), or that the user may not read or write.
 */
export function findSettings(location: SettingsLocation): SettingsLookup {
  const path = settingsPath(location);
  const { scope, projectDir } = location;
  if (scope === 'user') return settingsAt(path);
  return projectDir ? settingsAt(path, projectDir) : failure('No project folder was named', path);
}

/** Reads the settings file at `path`, of that project where one is given, with the problems of `findSettings`. */
export function settingsAt(path: string, projectDir?: string): SettingsLookup {
  try {
    if (projectDir !== undefined && statSync(projectDir, { throwIfNoEntry: false })?.isDirectory() !== true)
      return failure(`There is no folder ${projectDir}`, path);
    const linkStats = lstatSync(path, { throwIfNoEntry: false });
    if (linkStats === undefined) return { ok: true, file: { path, target: path, text: null, encoding: 'utf8' } };
    if (linkStats.isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined)
      return failure(`${path} is a link to a file that is not there`, path);
    const target = linkStats.isSymbolicLink() ? realpathSync(path) : path;
    const stats = statSync(target);
    if (!stats.isFile()) return failure(`${path} is not a file`, path);
    if ((stats.mode & 0o200) === 0) return failure(`${target} is read-only; make it writable to go on`, path);
    return { ok: true, file: { path, target, ...readSettings(target) } };
  } catch (error) {
    return failure(describeFileError(error, path), path);
  }
}

const failure = (message: string, file: string): Refusal => ({ ok: false, problem: { message, file } });

/** Claude Code itself ignores settings above 2 MiB, but a person may have them put right. */
const MAX_SETTINGS_BYTES = 16 << 20;

/** The text of a settings file, including its byte order mark; null if there is no file. Throws as `readSettings`. */
export const readText = (path: string): string | null => readSettings(path).text;

/**
 * The text of a settings file as Claude Code reads it, including its byte order mark, and its size in bytes. Bytes that are
 * no text stand for a question mark there. Null if there is no file; throws if it cannot be read.
 */
export function readAsClaude(path: string): { text: string; bytes: number } | null {
  const bytes = readBytes(path);
  return bytes && { text: decode(bytes, encodingOf(bytes), false), bytes: bytes.length };
}

/** The text of a settings file and its encoding. Throws on bytes that are neither UTF-8 nor UTF-16 as Claude Code reads it. */
function readSettings(path: string): Pick<SettingsFile, 'text' | 'encoding'> {
  const bytes = readBytes(path);
  if (bytes === null) return { text: null, encoding: 'utf8' };
  const encoding = encodingOf(bytes);
  return { text: decode(bytes, encoding, true), encoding };
}

function readBytes(path: string): Buffer | null {
  try {
    return readLinkedBytes(path, MAX_SETTINGS_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const encodingOf = (bytes: Buffer): Encoding => (bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf16le' : 'utf8');

const decode = (bytes: Buffer, encoding: Encoding, fatal: boolean): string =>
  new TextDecoder(encoding === 'utf8' ? 'utf-8' : 'utf-16le', { fatal, ignoreBOM: true }).decode(bytes);

/** Creates the folder of a settings file; returns true if it did not exist. */
export const makeSettingsDir = (target: string): boolean => makeFolder(dirname(target), 0o777);

/** Removes the folder of a settings file if it is empty. */
export function removeEmptySettingsDir(target: string): void {
  try {
    removeEmptyFolder(dirname(target));
  } catch {
    // it has other files
  }
}

/** Describes a system error in a sentence. */
export function describeFileError(error: unknown, path: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return `${path} is not UTF-8 text`;
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be read or written by this user (${code})`;
  if (code === 'EROFS') return `${path} is on a read-only file system`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return `There is no space left to write ${path}`;
  return `${path}: ${message}`;
}
