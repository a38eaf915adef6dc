import { execFile } from 'node:child_process';
import { constants, homedir, setPriority } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 8 << 20;

/** Names of files go on the command line, which is bounded. */
const MAX_NAMES_CHARS = 24_000;

/** A filter of no repository: where git lists it, it takes settings from its environment. */
const PROBE = 'filter.fermata-probe.clean';

/**
 * What a repository's own configuration could make git run while it reads, each switched off. An address of a remote may be
 * a command, and a partial clone would fetch from it.
 */
const HARMLESS: Settings = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.sshCommand', 'false'],
  ['core.askPass', ''],
  ['core.pager', 'cat'],
  ['diff.external', ''],
  ['protocol.allow', 'never'],
  [PROBE, ''],
];

type Settings = [name: string, value: string][];

/** Where the configuration names programs that turn a file into what is stored and back, or that merge it. */
const FILTERS = String.raw`^(filter\..*\.(clean|smudge|process|required)|merge\..*\.driver)$`;

export interface GitOptions {
  /** The repository's folder. */
  root: string;
  /** The absolute path of git. */
  program: string;
  /** How long it may take; by default ten seconds. */
  timeoutMs?: number;
  /** Where the objects go that it makes, and the folder of the repository's own, which it reads then. */
  objects?: { folder: string; own: string };
  /** It leaves the processor to others. */
  isLow?: boolean;
}

/** Runs git so that nothing in the repository can make it run another program; returns what it prints. Throws its error. */
export async function git(options: GitOptions, ...args: string[]): Promise<Buffer> {
  return runGit(options, [...HARMLESS, ...(await filtersOff(options))], args);
}

/** The settings that switch off the filters and drivers which the repository itself names; those of the person stay. */
async function filtersOff(options: GitOptions): Promise<Settings> {
  const args = ['config', '--show-scope', '--includes', '-z', '--name-only', '--get-regexp', FILTERS];
  const fields = (await runGit(options, HARMLESS, args)).toString('utf8').split('\0');
  if (!fields.includes(PROBE)) throw new Error('git is older than 2.31');
  return fields.flatMap((name, i): Settings => {
    const scope = fields[i - 1] ?? '';
    if (i % 2 === 0 || ['system', 'global', 'command'].includes(scope)) return [];
    // a driver that fails is a conflict, and an empty one would be a merge without any
    return [[name, name.endsWith('.required') || name.endsWith('.driver') ? 'false' : '']];
  });
}

async function runGit(options: GitOptions, settings: Settings, args: string[]): Promise<Buffer> {
  const { program, root, timeoutMs = TIMEOUT_MS, objects, isLow = false } = options;
  const fixed = ['--no-pager', '--no-optional-locks', '--literal-pathspecs', '-C', root];
  const running = run(program, [...fixed, ...args], {
    // not the repository, where Windows would look for the program first
    cwd: homedir(),
    env: { ...environment(settings), ...(objects && objectsElsewhere(objects)) },
    encoding: 'buffer',
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  });
  const { pid } = running.child;
  if (isLow && pid !== undefined) lowerPriority(pid);
  return (await running).stdout;
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // it has ended, or the system does not allow it
  }
}

/** A folder of objects may have the sign in its name that separates several, so it is quoted. */
const objectsElsewhere = ({ folder, own }: { folder: string; own: string }): NodeJS.ProcessEnv => ({
  GIT_OBJECT_DIRECTORY: folder,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${own.replaceAll(/["\\]/g, String.raw`\$&`)}"`,
});

/** Whether the repository itself names a program that merges files, which is not run. */
export async function hasMergeDriver(options: GitOptions): Promise<boolean> {
  return (await filtersOff(options)).some(([name]) => name.endsWith('.driver'));
}

/** Variables that only name where the person's own configuration and git itself lie. */
const KEPT = new Set(['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_EXEC_PATH']);

/**
 * The settings go through the environment, since `-c` ends a name at its first `=`, which the name of a filter may have.
 * Variables that lead git elsewhere or name programs are left out.
 */
function environment(settings: Settings): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || KEPT.has(name));
  return {
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(
      settings.flatMap(([name, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, name],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    LC_ALL: 'C',
  };
}

/** Names of files in parts of which each fits on a command line. */
export function nameBatches(names: readonly string[]): string[][] {
  const all: string[][] = [];
  let chars = Infinity;
  for (const name of names) {
    if (chars + name.length > MAX_NAMES_CHARS) {
      all.push([]);
      chars = 0;
    }
    chars += name.length + 3;
    all.at(-1)?.push(name);
  }
  return all;
}

/** Why git could not be looked at, in a few words for people. */
export function reasonOf(error: unknown): string {
  const { killed, stderr, message } = error as { killed?: boolean; stderr?: Buffer; message?: string };
  if (killed === true) return 'it took too long';
  const text = stderr?.toString('utf8').trim() || message || 'it failed';
  return (
    text
      .split('\n')[0]
      ?.replace(/^(?:fatal|error): /, '')
      .slice(0, 120) ?? 'it failed'
  );
}
