import { systemError } from './disk.ts';
import type { Machine } from './machine.ts';
import type { SimulatedProcess } from './process.ts';

/** The text of a file of the system, such as those in /proc. Throws ENOENT. */
export function systemText(machine: Machine, path: string): string {
  const [, , pid = '', name = ''] = path.split('/');
  if (path === '/etc/machine-id') return 'abcdef0123456789abcdef0123456789\n';
  if (path === '/proc/sys/kernel/random/boot_id') return '11111111-2222-3333-4444-555555555555\n';
  if (path === '/proc/uptime') return `${(machine.now / 1000).toFixed(2)} 0.00\n`;
  const process = machine.processes.get(Number(pid));
  if (!path.startsWith('/proc/') || process === undefined) throw systemError('ENOENT', 'open', path);
  if (name === 'stat') return statLine(process);
  if (name === 'cmdline') return `${process.argv.join('\0')}\0`;
  if (name === 'environ')
    return Object.entries(process.env)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${value}\0`)
      .join('');
  throw systemError('ENOENT', 'open', path);
}

/** One line as in proc_pid_stat(5): the parent is its 4th field, the group the 5th, the start the 22nd. */
function statLine({ pid, parent, group, isStopped, startTicks, argv }: SimulatedProcess): string {
  const name = argv[0]?.split('/').at(-1) ?? '';
  const fields = [
    isStopped ? 'T' : 'S',
    parent?.pid ?? 1,
    group,
    group,
    0,
    -1,
    ...Array<number>(13).fill(0),
    startTicks,
  ];
  return `${pid} (${name}) ${fields.join(' ')} 0 0`;
}
