import { lstatSync, readdirSync, statSync } from './kernel/fileModule.ts';

// What hooks/gate.sh.program decides at a tool call, as a function on the simulated disk. `gate.test.ts` holds it to the
// script itself, run by a real shell over folders of every kind.

/** What is at a path; undefined also below what is no folder. */
function factsOf(look: typeof statSync, path: string): ReturnType<typeof statSync> | undefined {
  try {
    return look(path, { throwIfNoEntry: false });
  } catch (error) {
    if (typeof error === 'symbol') throw error;
    return undefined;
  }
}

const isThere = (path: string): boolean => factsOf(lstatSync, path) !== undefined;

const isFolder = (path: string): boolean => factsOf(statSync, path)?.isDirectory() === true;

function isArmed(dir: string, event: string): boolean {
  if (isThere(`${dir}/armed/${event}`)) return true;
  for (const flag of visibleNames(`${dir}/flags`)) {
    const path = `${dir}/flags/${flag}`;
    if (!isThere(path)) continue;
    const mark = factsOf(statSync, `${dir}/flags-ignored/${flag}`);
    if (mark === undefined || (factsOf(statSync, path)?.mtimeMs ?? -1) > mark.mtimeMs) return true;
  }
  const armed = `${dir}/armed`;
  if (isFolder(armed) && factsOf(lstatSync, armed)?.isSymbolicLink() !== true) return false;
  return isFolder(dir);
}

/** What `*` in a folder stands for. */
function visibleNames(folder: string): string[] {
  try {
    return (readdirSync(folder) as string[]).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (typeof error === 'symbol') throw error;
    return [];
  }
}

const CALLS = ['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'PostToolBatch'];

/** Whether the gate starts the program of the hook for a session with a folder of its own. */
export function gateOpens(home: string, session: string, event: string): boolean {
  if (!CALLS.includes(event)) return event !== '';
  const dir = `${home}/sessions/${session}`;
  if (isFolder(dir)) return isArmed(dir, event);
  return isArmed(dir, event) || factsOf(statSync, dir)?.isFile() === true;
}
