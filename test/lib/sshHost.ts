import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliProgram } from './fermata.ts';
import type { MachineHome } from './machineHome.ts';
import type { Host } from './network.ts';
import { Running } from './stress/program.ts';
import { tempDir } from './tempDir.ts';

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Whether a real sshd is on this machine. */
export const hasSshd = ((): boolean => {
  try {
    run('/usr/sbin/sshd', '-G', '-f', '/dev/null');
    return true;
  } catch (error) {
    // an older one knows no -G, and says so
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
})();

/** Writes a program of a shell. */
function script(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

/** Makes `fermata` a command in a folder that is to come first in PATH. Returns the folder. */
export function commandFolder(home: MachineHome): string {
  const folder = join(home.root, 'commands');
  mkdirSync(folder, { recursive: true });
  script(join(folder, 'fermata'), `exec '${process.execPath}' '${cliProgram}' "$@"`);
  return folder;
}

/** A real sshd on a host of a network, with keys of its own: whoever logs in is at home in a machine's folder. */
export class SshHost {
  readonly #dir = tempDir('fermata-sshd-');
  readonly #daemon: Running;

  constructor(home: MachineHome, { address, prefix }: Host) {
    const at = (name: string): string => join(this.#dir, name);
    for (const key of ['host', 'user']) run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', at(key));
    const shell = at('shell');
    const path = `${commandFolder(home)}:/usr/bin:/bin`;
    script(
      shell,
      `cd '${home.root}' && export HOME='${home.root}' PATH='${path}' && eval "\${SSH_ORIGINAL_COMMAND:-exec sh}"`,
    );
    // the folder that the daemon gives its processes without rights
    mkdirSync('/run/sshd', { recursive: true });
    const config = [
      `ListenAddress ${address}:22`,
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('user.pub')}`,
      `ForceCommand ${shell}`,
      'Subsystem sftp /usr/lib/openssh/sftp-server',
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
    ];
    writeFileSync(at('sshd_config'), `${config.join('\n')}\n`);
    const [program, ...rest] = [...prefix, '/usr/sbin/sshd', '-D', '-e', '-f', at('sshd_config')];
    this.#daemon = new Running(program, rest);
    const known = readFileSync(at('host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(at('known'), `${address} ${known}\n`);
    const client = [
      `Host ${home.name}`,
      `HostName ${address}`,
      `IdentityFile ${at('user')}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${at('known')}`,
      'ServerAliveInterval 2',
      'ServerAliveCountMax 2',
      'ConnectTimeout 5',
    ];
    writeFileSync(at('config'), `${client.join('\n')}\n`);
  }

  /** Makes `ssh` and `scp` in the command folder of another machine lead here. */
  knownTo(folder: string): void {
    for (const name of ['ssh', 'scp'])
      script(join(folder, name), `exec /usr/bin/${name} -F '${join(this.#dir, 'config')}' "$@"`);
  }

  async close(): Promise<void> {
    this.#daemon.kill();
    await this.#daemon.ended;
  }
}
