import { execFile } from 'node:child_process';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { statOf } from '#core/base/files/facts.ts';

const TIMEOUT_MS = 20_000;

/** Where git looks for the hooks of a repository. */
export interface HookPlace {
  /** The folder of the checkout; of a bare repository its own. */
  root: string;
  /** The folder with the hooks, by core.hooksPath or in git's own folder. */
  hooks: string;
  /** The hooks lie in the checkout, so they may be files of the repository. */
  inCheckout: boolean;
  /** The hooks lie beside no repository: those of others may use them, too. */
  shared: boolean;
}

/** Runs git in a folder; its output without the last line break. What leads git elsewhere is left out. Throws its error. */
async function gitIn(program: string, folder: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !LEADING.test(name)));
  const options = { cwd: folder, env: { ...env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' }, timeout: TIMEOUT_MS };
  const { stdout } = await promisify(execFile)(program, args, { ...options, windowsHide: true });
  return stdout.replace(/\r?\n$/, '');
}

const LEADING = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|PREFIX|NAMESPACE|OBJECT_DIRECTORY)$/;

/** Throws an error as a sentence where there is no repository, or no place for hooks. */
export async function hookPlace(program: string, folder: string): Promise<HookPlace> {
  if (statOf(folder)?.isDirectory() !== true) throw new Error(`there is no folder ${folder}`);
  const ask = (at: string, ...args: string[]): Promise<string> => gitIn(program, at, 'rev-parse', ...args);
  let isCheckout: boolean;
  let own: string;
  let common: string;
  try {
    isCheckout = (await ask(folder, '--is-inside-work-tree')) === 'true';
    own = await ask(folder, '--absolute-git-dir');
    common = resolve(folder, await ask(folder, '--git-common-dir'));
  } catch (error) {
    throw new Error(`${folder} is in no repository that git can use: ${reasonOf(error)}`, { cause: error });
  }
  const root = isCheckout ? await ask(folder, '--show-toplevel') : own;
  // a relative core.hooksPath starts where hooks run
  const hooks = resolve(root, await ask(root, '--git-path', 'hooks'));
  const stat = statOf(hooks);
  if (stat !== undefined && !stat.isDirectory())
    throw new Error(`git runs no hooks in ${root}: core.hooksPath is ${hooks}, which is no folder`);
  const inGit = isInside(hooks, own) || isInside(hooks, common);
  const inCheckout = isCheckout && !inGit && isInside(hooks, root);
  return { root: resolve(root), hooks, inCheckout, shared: !inGit && !inCheckout };
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Why git failed, in a few words. */
function reasonOf(error: unknown): string {
  const { killed, stderr, message } = error as { killed?: boolean; stderr?: string; message: string };
  if (killed === true) return 'it took too long';
  const line = (stderr || message).trim().replace(/\n[^]*/, '');
  return line.replace(/^(?:fatal|error): /, '').slice(0, 200);
}

/** Whether git tracks a file, or would take it into the next `git add -A`. */
export async function isOfRepository(
  program: string,
  root: string,
  path: string,
): Promise<'tracked' | 'untracked' | undefined> {
  const succeeds = (...args: string[]): Promise<boolean> =>
    gitIn(program, root, ...args).then(
      () => true,
      () => false,
    );
  if (await succeeds('--literal-pathspecs', 'ls-files', '--error-unmatch', '--', path)) return 'tracked';
  return (await succeeds('check-ignore', '-q', '--', path)) ? undefined : 'untracked';
}
