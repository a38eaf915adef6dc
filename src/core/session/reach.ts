import { accessSync, constants } from 'node:fs';
import { lstatOf } from '#core/base/files/facts.ts';
import { hostIdentity, isSameBoot, whereIs } from '#core/base/machine.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import type { Reach } from '#protocol/viewModel.ts';

/** This process, as it compares itself with the Claude of a session. */
export interface Self {
  host: string;
  /** Undefined where users have no number. */
  uid: number | undefined;
}

const self = (): Self => ({ host: hostIdentity(), uid: process.getuid?.() });

/**
 * What of a session can be reached from this process. The log is one of a local file system, and its hooks read only what
 * their own user has written: on another machine, or as another user, nothing may be added to it. In a container on this
 * machine the log works, but no terminal of this one can be Claude's.
 */
export function reachOf(dir: string, info: SessionInfo | undefined, { host: ownHost, uid }: Self = self()): Reach {
  if (isOfOtherUser(sessionPaths(dir).log, uid)) return { outOfReach: 'user' };
  const hosts = [info, ...(info?.alsoIn ?? [])].flatMap((claude) => claude?.host ?? []);
  if (hosts.length === 0 || hosts.some((host) => whereIs(host, ownHost) !== 'elsewhere')) return {};
  return hosts.some((host) => isSameBoot(host, ownHost))
    ? { noTerminal: true }
    : { outOfReach: 'machine', noTerminal: true };
}

/** On file systems that know no users all files have the same owner, and can be written. Root can write those of others. */
function isOfOtherUser(file: string, uid: number | undefined): boolean {
  const owner = lstatOf(file)?.uid;
  if (owner === undefined || uid === undefined || owner === uid) return false;
  if (uid === 0) return true;
  try {
    accessSync(file, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}
