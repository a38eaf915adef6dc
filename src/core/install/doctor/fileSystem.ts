import { realpathSync, watch } from 'node:fs';
import { join } from 'node:path';
import { createFile } from '#core/base/files/createFile.ts';
import { removeTree } from '#core/base/files/remove.ts';
import { readSystemText } from '#core/base/files/systemFile.ts';
import { makeTemporaryFolder } from '#core/base/files/temporary.ts';

/** File systems that several machines share: appends may tear, and changes from elsewhere send no file events. */
const SHARED =
  /^(?:nfs4?|cifs|smb\w*|9p|v9fs|afs|ceph|glusterfs|lustre|virtiofs|vboxsf|vmhgfs|prl_fs|drvfs|fakeowner|grpcfuse|osxfs|fuse|fuse\.(?!fuseblk).*)$/;
const EVENT_TIMEOUT_MS = 1000;

/**
 * The type of the file system that holds `path` (absolute, links resolved), from the text of /proc/self/mountinfo.
 * Undefined if no line matches. Of two mounts at the same place the later one counts.
 */
export function mountType(mountinfo: string, path: string): string | undefined {
  let mount: { point: string; type: string } | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const point = unescaped(before?.split(' ')[4] ?? '');
    const type = after?.split(' ')[0];
    if (point === '' || type === undefined || !contains(point, path)) continue;
    if (mount === undefined || point.length >= mount.point.length) mount = { point, type };
  }
  return mount?.type;
}

/** The type of the file system that holds `path`; undefined if it cannot be determined. */
export function mountOf(path: string): string | undefined {
  try {
    return mountType(readSystemText('/proc/self/mountinfo'), realpathSync(path));
  } catch {
    return undefined; // not Linux, or the path is not there
  }
}

/** Whether file systems of this type are shared over a network or with a host. */
export const isShared = (type: string): boolean => SHARED.test(type);

const contains = (point: string, path: string): boolean =>
  point === '/' || path === point || path.startsWith(`${point}/`);

/** Replaces octal escapes, as mountinfo writes a space. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Whether a watcher is notified of a change in a folder of `home`; undefined if that cannot be tried. Never throws. */
export async function fileEventsArrive(home: string): Promise<boolean | undefined> {
  let dir: string | undefined;
  try {
    const watchedDir = makeTemporaryFolder(join(home, '.doctor-'));
    dir = watchedDir;
    return await new Promise<boolean>((resolve, reject) => {
      const watcher = watch(watchedDir, () => end(true));
      const timer = setTimeout(() => end(false), EVENT_TIMEOUT_MS);
      const end = (arrived: boolean): void => {
        clearTimeout(timer);
        watcher.close();
        resolve(arrived);
      };
      watcher.on('error', reject);
      createFile(join(watchedDir, 'change'), '');
    });
  } catch {
    return undefined;
  } finally {
    if (dir !== undefined) removeTree(dir);
  }
}
