import { spawnSync } from 'node:child_process';
import { win32 } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signalAll } from './processTree.ts';
import { hasPid } from './psTable.ts';

// Windows has neither process groups nor signals: a process is ended at once, and its children are known by their parent's
// number alone, which they keep when that has ended.

/** A process of the table. `startMs` is undefined where the query does not show it. */
export interface WindowsProcess {
  parent: number;
  startMs?: number | undefined;
}

type Table = ReadonlyMap<number, WindowsProcess>;

const QUERY =
  "Get-CimInstance Win32_Process | ForEach-Object { '{0} {1} {2}' -f $_.ParentProcessId, $_.ProcessId, ([DateTimeOffset]$_.CreationDate).ToUnixTimeMilliseconds() }";
const TIMEOUT_MS = 10_000;
const ROUNDS = 5;

/** Programs of the system are not looked for in the folder that one is in, as Windows would. */
const systemProgram = (...path: string[]): string =>
  win32.join(process.env['SystemRoot'] ?? String.raw`C:\Windows`, 'System32', ...path);

/** All processes by number. Undefined where neither PowerShell nor the older wmic shows them. Takes up to a second. */
function readTable(): Table | undefined {
  const powerShell = systemProgram('WindowsPowerShell', 'v1.0', 'powershell.exe');
  for (const [program, args] of [
    [powerShell, ['-NoProfile', '-NonInteractive', '-Command', QUERY]],
    [systemProgram('wbem', 'wmic.exe'), ['process', 'get', 'ParentProcessId,ProcessId']],
  ] as const) {
    const { stdout } = spawnSync(program, args, { timeout: TIMEOUT_MS, windowsHide: true, maxBuffer: 1 << 26 });
    const table = parseTable(stdout?.toString('latin1') ?? '');
    if (table.size > 0) return table;
  }
  return undefined;
}

/** The rows of either query: the parent, the process, and with PowerShell its start. wmic may write UTF-16. */
export function parseTable(text: string): Map<number, WindowsProcess> {
  const rows = text.replaceAll('\0', '').matchAll(/^\D*?(\d+)[ \t]+(\d+)(?:[ \t]+(\d+))?\s*$/gm);
  return new Map(
    [...rows].map(([, parent, pid, startMs]) => [
      Number(pid),
      { parent: Number(parent), startMs: startMs === undefined ? undefined : Number(startMs) },
    ]),
  );
}

/** What these processes have started, and what that has. A number that was given out again has no older children. */
export function startedBy(
  roots: ReadonlyMap<number, WindowsProcess | undefined>,
  table: Table,
): Map<number, WindowsProcess> {
  const found = new Map<number, WindowsProcess>();
  const pending = [...roots];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [at, { startMs: parentMs = -Infinity } = {}] = next;
    for (const [pid, child] of table) {
      const isChild = child.parent === at && pid !== at && !roots.has(pid) && !found.has(pid);
      if (!isChild || (child.startMs ?? Infinity) < parentMs) continue;
      found.set(pid, child);
      pending.push([pid, child]);
    }
  }
  return found;
}

/**
 * Ends a process and all that it has started, as far as that can be found: what has lost its parent before is not. Returns
 * the numbers of those that remain.
 */
export async function endWindowsTree(root: number): Promise<number[]> {
  const known = new Map<number, WindowsProcess | undefined>([[root, undefined]]);
  for (let round = 0; round < ROUNDS; round++) {
    const table = readTable();
    known.set(root, known.get(root) ?? table?.get(root));
    for (const [pid, found] of startedBy(known, table ?? new Map())) known.set(pid, found);
    known.delete(process.pid);
    const alive = [...known.keys()].filter(hasPid);
    if (alive.length === 0) return [];
    // it ends the whole tree at once, before a process of it can start another one
    if (round === 0)
      spawnSync(systemProgram('taskkill.exe'), ['/PID', String(root), '/T', '/F'], { windowsHide: true });
    signalAll(alive, 'SIGKILL');
    await delay(100);
  }
  return [...known.keys()].filter(hasPid);
}
