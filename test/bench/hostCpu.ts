import { readdirSync, readFileSync } from 'node:fs';

/** The pid of the extension host that a VS Code server of that pid has started. Linux only. */
export function extensionHostOf(server: number): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => textOf(pid, 'cmdline').includes('--type=extensionHost') && descendsFrom(pid, server));
  if (found === undefined) throw new Error(`the server ${server} has no extension host`);
  return found;
}

/** Processor time that a process has used so far, milliseconds. Linux counts in hundredths of a second. */
export function cpuMs(pid: number): number {
  const [user = 0, system = 0] = fieldsOf(pid).slice(11, 13).map(Number);
  return 10 * (user + system);
}

/** The same with what its children have used that it has waited for. */
export const cpuWithChildrenMs = (pid: number): number =>
  // utime, stime, cutime, cstime
  fieldsOf(pid)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks) * 10, 0);

function descendsFrom(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; at = Number(fieldsOf(at)[1] ?? 0)) if (at === ancestor) return true;
  return false;
}

/** The fields of `stat` after the name of the program, which may have blanks. */
const fieldsOf = (pid: number): string[] => textOf(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];

function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    // it has ended
    return '';
  }
}
