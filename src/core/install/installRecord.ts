import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { InstallRecord } from '#protocol/fileFormats.ts';
import { installRecordSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { makeFolder, namesIn } from '#core/base/files/folder.ts';
import { readJson } from '#core/base/json.ts';
import { hostIdentity, whereIs } from '#core/base/machine.ts';

const isInstallRecord = compileValidator(installRecordSchema);

const MAX_BACKUPS = 10;

/** The record of a settings file; undefined if there is none, or if it cannot be read. */
export function readRecord(home: string, file: string): InstallRecord | undefined {
  const record = readRecordAt(recordPath(home, file));
  return record?.file === file ? record : undefined;
}

/** Every settings file that has a record in this home. */
export const recordedFiles = (home: string): string[] => records(home).map(({ file }) => file);

function records(home: string): InstallRecord[] {
  return namesIn(join(home, 'installs')).flatMap((name) => {
    const path = join(home, 'installs', name);
    const record = readRecordAt(path);
    return record !== undefined && recordPath(home, record.file) === path ? [record] : [];
  });
}

/**
 * The paths that this home has had before: its records of installations name another one, on this machine. A home that is
 * mounted into a container has records of its host, and is no other one for that.
 */
export const formerPaths = (home: string): string[] =>
  records(home).flatMap((record) => (record.home !== undefined && isOfHere(record.host) ? [record.home] : []));

/** Whether an identity is of this machine, of whichever boot, and not of a container on it. */
function isOfHere(host: string | undefined): boolean {
  if (host === undefined) return false;
  const [namespace, own] = [host, hostIdentity()].map((identity) => identity.split('/')[2]);
  return whereIs(host) !== 'elsewhere' && namespace === own;
}

/** Undefined without a valid record. Uninstalling then removes containers that have become empty. */
function readRecordAt(path: string): InstallRecord | undefined {
  const value = readJson(path);
  return isInstallRecord(value) ? (value as InstallRecord) : undefined;
}

/** Writes a record, readable by its owner only, since settings may hold secrets. Throws the system's error. */
export function writeRecord(home: string, record: InstallRecord): void {
  makeFolder(join(home, 'installs'));
  writeFileAtomic(recordPath(home, record.file), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}

export const deleteRecord = (home: string, file: string): void => removeFileIfAny(recordPath(home, file));

/**
 * Backs up the bytes of a settings file and returns the backup's path. The last ten of each file are kept, in the home
 * and not beside the file, where a repository would have to ignore them. Throws the system's error.
 */
export function writeBackup(home: string, file: string, bytes: Buffer, nowMs: number): string {
  const dir = join(home, 'backups');
  makeFolder(dir);
  const stem = `${basename(file)}.${shortHash(file)}.`;
  const path = join(dir, stem + new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-'));
  writeFileAtomic(path, bytes, { mode: 0o600 });
  const all = namesIn(dir).filter((name) => name.startsWith(stem));
  for (const name of all.toSorted().slice(0, -MAX_BACKUPS)) removeFileIfAny(join(dir, name));
  return path;
}

/** The sha256 of a text, in hexadecimal. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const shortHash = (file: string): string => sha256(file).slice(0, 12);

const recordPath = (home: string, file: string): string => join(home, 'installs', `${shortHash(file)}.json`);
