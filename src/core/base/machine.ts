import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { macBoot, macHardware } from './macIdentity.ts';
import { readSystemText } from './files/systemFile.ts';
import { hostname } from 'node:os';

let ownIdentity: string | undefined;

/**
 * The machine, boot and pid namespace of this process, as recorded beside a pid. The machine is known by an id of its
 * own where it has one: a host name changes with the network.
 */
export function hostIdentity(): string {
  return (ownIdentity ??= [machineId(), bootId(), pidNamespace()].join('/').replace(/\/+$/, ''));
}

/** The machine's id is not for the eyes of others, so only a hash of it is recorded. */
function machineId(): string {
  const id = textOf('/etc/machine-id') || textOf('/var/lib/dbus/machine-id') || macHardware();
  return id === '' ? hostname() : createHash('sha256').update(`fermata ${id}`).digest('hex').slice(0, 16);
}

/** Part of the id that the system draws at each boot; empty where it has none. */
const bootId = (): string => (textOf('/proc/sys/kernel/random/boot_id') || macBoot()).slice(0, 8);

function pidNamespace(): string {
  try {
    // a link like `pid:[4026531836]`, whose target is not a file
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readSystemText(path).trim();
  } catch {
    return '';
  }
}

/** Whether two identities are of one boot of one machine, though they may be of two containers on it. */
export function isSameBoot(host: string, own: string): boolean {
  const [boot, ownBoot] = [host, own].map((each) => each.split('/')[1]);
  return boot !== undefined && boot === ownBoot;
}

/**
 * Where a recorded process is, seen from here: `here`, where its pid means the same; `before`, on this machine before
 * it was started again; `elsewhere`, on another machine or in another pid namespace. Who shares a boot shares the
 * machine, whatever its name.
 */
export function whereIs(host: string, own = hostIdentity()): 'here' | 'before' | 'elsewhere' {
  if (host === own) return 'here';
  const [machine, boot, namespace] = host.split('/');
  const [ownMachine, ownBoot, ownNamespace] = own.split('/');
  if (isSameBoot(host, own)) return namespace === ownNamespace ? 'here' : 'elsewhere';
  // a machine of a record by an older Fermata is its host name
  if (machine !== ownMachine && machine !== hostname()) return 'elsewhere';
  return boot === undefined || ownBoot === undefined ? 'here' : 'before';
}

/**
 * Whether only the host's name makes a process one of another machine: neither identity has a boot. A host name changes
 * with the network, so it may be of this machine.
 */
export const isMachineUnknown = (host: string, own = hostIdentity()): boolean =>
  !host.includes('/') && !own.includes('/');
