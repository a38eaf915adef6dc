import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { basename } from 'node:path';
import { createWholeFile } from '#core/base/files/createFile.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { readText } from '#core/base/files/readFile.ts';
import { homePaths } from '#core/base/paths.ts';

/** A plan as a log announces it. */
interface AnnouncedPlan {
  run: string;
  sha256: string;
  proof?: string | undefined;
}

const KEY = /^[0-9a-f]{64}$/;
const KEY_BYTES = 64;

/**
 * The proof that a program with the home's key made a plan: who can only write into a session's folder cannot start a
 * command by it. It holds for one run of one session. Makes the key where there is none. Throws the system's error.
 */
export const planProof = (home: string, dir: string, { run, sha256 }: AnnouncedPlan): string =>
  proofWith(readKey(home) ?? makeKey(home), dir, run, sha256);

/** Whether a plan has the proof. Without a key there is no plan that has. Throws where the key is no key. */
export function isProven(home: string, dir: string, { run, sha256, proof = '' }: AnnouncedPlan): boolean {
  const key = readKey(home);
  if (key === undefined) return false;
  const [given, expected] = [Buffer.from(proof), Buffer.from(proofWith(key, dir, run, sha256))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const proofWith = (key: string, dir: string, run: string, sha256: string): string =>
  createHmac('sha256', Buffer.from(key, 'hex'))
    .update(JSON.stringify([basename(dir), run, sha256]))
    .digest('hex');

/** The home's key; undefined while there is none. A link or a file of another kind or content is an error. */
function readKey(home: string): string | undefined {
  const path = homePaths(home).key;
  let text: string;
  try {
    text = readText(path, KEY_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!KEY.test(text)) throw new Error(`${path} is no key of Fermata: remove it, and start the workers again`);
  return text;
}

/** Makes the key; of several processes that do so at once one wins. */
function makeKey(home: string): string {
  const path = homePaths(home).key;
  makeFolder(home);
  createWholeFile(path, randomBytes(32).toString('hex'));
  const key = readKey(home);
  if (key === undefined) throw new Error(`${path} was removed just now`);
  return key;
}
