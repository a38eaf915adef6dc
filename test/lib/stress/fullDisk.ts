import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { tempDir } from '#test/lib/tempDir.ts';
import { bundle, Running } from './program.ts';

interface LogCounts {
  written: number;
  events: number;
  damaged: number;
}

/** The errors on a disk that filled up, and the log's counts then and after room was made. */
export interface FullDiskResult {
  errors: string[];
  full: LogCounts;
  again?: LogCounts;
}

/** Whether this user can mount a small file system that only one process tree sees. */
export function canMount(): boolean {
  try {
    const dir = tempDir();
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function result(running: Running): Promise<FullDiskResult> {
  const { code, signal, stderr } = await running.ended;
  if (code !== 0) throw new Error(`the program ended with ${code ?? signal}: ${stderr}`);
  return JSON.parse(running.lines.join('')) as FullDiskResult;
}

/** Fills a disk of 1 MB with a log, makes room, and writes again. */
export async function fillSmallDisk(lines: number): Promise<FullDiskResult> {
  const dir = tempDir();
  const script = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1/session" "$4" "$1/ballast"';
  const program = await bundle('fullDisk');
  return result(
    new Running('unshare', ['-m', 'sh', '-c', script, 'sh', dir, process.execPath, program, String(lines)]),
  );
}

/** Writes until a limit on the file's size (in KiB), then from a process without a limit. */
export async function fillLimitedFile(
  lines: number,
  limit: number,
): Promise<{ limited: FullDiskResult; after: FullDiskResult }> {
  const dir = join(tempDir(), 'session');
  const program = await bundle('fullDisk');
  // the shell's unit is a block of 512 or 1024 bytes
  const script = 'ulimit -f "$1" && exec "$2" "$3" "$4" "$5"';
  const limited = await result(
    new Running('sh', ['-c', script, 'sh', String(limit), process.execPath, program, dir, String(lines)]),
  );
  const after = await result(new Running(process.execPath, [program, dir, '5']));
  return { limited, after };
}
