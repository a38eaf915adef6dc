import { readlinkSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/** The working directory. Of one that was removed the path that it had: its project may well be there. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    const known = removedPath() ?? process.env['PWD'] ?? '';
    return isAbsolute(known) ? known : '/';
  }
}

/** Linux still shows the path of a removed folder. */
function removedPath(): string | undefined {
  try {
    return readlinkSync('/proc/self/cwd').replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}
