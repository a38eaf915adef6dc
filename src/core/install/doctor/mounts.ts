import { readFileSync, realpathSync } from 'node:fs';

/** File systems on which several machines meet: appends may tear, and changes of others send no file events. */
const NETWORK = /^(?:nfs4?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|virtiofs|vboxsf|prl_fs|drvfs|fuse\.(?!fuseblk).*)$/;

/**
 * The type of the file system that holds `path` (absolute, links resolved), from the text of /proc/self/mountinfo.
 * Undefined if no line fits. Of two mounts on one another the later one counts.
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

/** The type of the file system that holds `path`; undefined where that cannot be told. */
export function mountOf(path: string): string | undefined {
  try {
    return mountType(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(path));
  } catch {
    return undefined; // not Linux, or the path is not there
  }
}

/** Whether file systems of that type are shared over a network or with a host. */
export function isShared(type: string): boolean {
  return NETWORK.test(type);
}

const contains = (point: string, path: string): boolean =>
  point === '/' || path === point || path.startsWith(`${point}/`);

/** Blanks and the like are written as octal numbers. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
