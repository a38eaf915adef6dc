import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { InstallRecord } from '#protocol/fileFormats.ts';
import { installRecordSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/atomicFile.ts';

const isRecord = compileValidator(installRecordSchema);

const MAX_BACKUPS = 10;

/** The record of a settings file; undefined when there is none, or none that can be read. */
export function readRecord(home: string, file: string): InstallRecord | undefined {
  const record = readRecordAt(recordPath(home, file));
  return record?.file === file ? record : undefined;
}

/** Every settings file that has a record in this home. */
export function recordedFiles(home: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(home, 'installs'));
  } catch {
    return []; // nothing was ever installed
  }
  const files = names.map((name) => ({ name, file: readRecordAt(join(home, 'installs', name))?.file }));
  return files.flatMap(({ name, file }) =>
    file !== undefined && basename(recordPath(home, file)) === name ? [file] : [],
  );
}

function readRecordAt(path: string): InstallRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isRecord(value) ? (value as InstallRecord) : undefined;
  } catch {
    return undefined; // uninstalling works without: it takes with it what has become empty
  }
}

/** Keeps a record. Settings may hold secrets, so it is for the person's eyes only. Throws the system's error. */
export function writeRecord(home: string, record: InstallRecord): void {
  mkdirSync(join(home, 'installs'), { recursive: true, mode: 0o700 });
  writeFileAtomic(recordPath(home, record.file), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}

/** Forgets a settings file. */
export function deleteRecord(home: string, file: string): void {
  rmSync(recordPath(home, file), { force: true });
}

/**
 * Keeps the text of a settings file as it is before a change and returns where; the last ten of each file stay.
 * Not beside the file: a repository shall not grow files that somebody has to ignore. Throws the system's error.
 */
export function writeBackup(home: string, file: string, text: string, nowMs: number): string {
  const dir = join(home, 'backups');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stem = `${basename(file)}.${shortHash(file)}.`;
  const path = join(dir, stem + new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-'));
  writeFileAtomic(path, text, { mode: 0o600 });
  const all = readdirSync(dir).filter((name) => name.startsWith(stem));
  for (const name of all.toSorted().slice(0, -MAX_BACKUPS)) rmSync(join(dir, name), { force: true });
  return path;
}

/** The sha256 of a text, in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function shortHash(file: string): string {
  return sha256(file).slice(0, 12);
}

function recordPath(home: string, file: string): string {
  return join(home, 'installs', `${shortHash(file)}.json`);
}
