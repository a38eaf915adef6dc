import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 8 << 20;

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

/** Where the configuration names programs that turn a file into what is stored, and back. */
const FILTERS = String.raw`^filter\..*\.(clean|smudge|process|required)$`;

export interface GitOptions {
  /** The repository's folder. */
  root: string;
  /** The absolute path of git. */
  program: string;
}

/** Runs git so that nothing in the repository can make it run another program; returns what it prints. Throws its error. */
export async function git(options: GitOptions, ...args: string[]): Promise<Buffer> {
  return runGit(options, [...HARMLESS, ...(await filtersOff(options))], args);
}

/** The settings that switch off the filters which the repository itself names; those of the person stay. */
async function filtersOff(options: GitOptions): Promise<Settings> {
  const args = ['config', '--show-scope', '--includes', '-z', '--name-only', '--get-regexp', FILTERS];
  const fields = (await runGit(options, HARMLESS, args)).toString('utf8').split('\0');
  if (!fields.includes(PROBE)) throw new Error('git is older than 2.31');
  return fields.flatMap((name, i): Settings => {
    const scope = fields[i - 1] ?? '';
    if (i % 2 === 0 || ['system', 'global', 'command'].includes(scope)) return [];
    return [[name, name.endsWith('.required') ? 'false' : '']];
  });
}

async function runGit({ program, root }: GitOptions, settings: Settings, args: string[]): Promise<Buffer> {
  const fixed = ['--no-pager', '--no-optional-locks', '--literal-pathspecs', '-C', root];
  const { stdout } = await run(program, [...fixed, ...args], {
    // not the repository, where Windows would look for the program first
    cwd: homedir(),
    env: environment(settings),
    encoding: 'buffer',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  });
  return stdout;
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
