import { expect, test } from 'vitest';
import { isShared, mountType } from '#core/install/doctor/fileSystem.ts';

const mountinfo = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 22 0:27 / /home/ada rw shared:2 master:3 - nfs4 server:/home rw
32 31 0:28 / /home/ada/my\\040disk rw - ext4 /dev/sdb1 rw
33 22 0:29 / /mnt/c rw - 9p C: rw
34 22 0:30 / /home/ad rw - xfs /dev/sdc1 rw
35 32 0:31 / /home/ada/my\\040disk rw - tmpfs tmpfs rw
`;

test.each([
  ['/root/.fermata', 'ext4'],
  ['/home/ada/.fermata', 'nfs4'],
  ['/home/ada', 'nfs4'],
  ['/home/ad/.fermata', 'xfs'],
  ['/home/adam/.fermata', 'ext4'],
  ['/mnt/c/Users/ada/.fermata', '9p'],
  ['/home/ada/my disk/x', 'tmpfs'],
])('%s is on %s', (path, type) => {
  expect(mountType(mountinfo, path)).toBe(type);
});

test('a text without mounts tells nothing', () => {
  expect(mountType('', '/x')).toBeUndefined();
  expect(mountType('garbage\n\n - \n', '/x')).toBeUndefined();
});

test('what a network or a host shares is told from what a machine has to itself', () => {
  const network = ['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'fuse.sshfs', 'virtiofs', 'vboxsf', 'ceph', 'fuse.glusterfs'];
  // Docker Desktop and WSL
  const host = ['fakeowner', 'grpcfuse', 'fuse.grpcfuse', 'osxfs', 'fuse.osxfs', 'drvfs', 'v9fs', 'fuse'];
  const shared = [...network, ...host];
  const local = ['ext4', 'xfs', 'btrfs', 'zfs', 'overlay', 'tmpfs', 'apfs', 'fuseblk'];
  expect([...shared, ...local].filter(isShared)).toEqual(shared);
});
