import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';

/** A hook must not make a person wait: a git that is slower is not waited for. */
const TIMEOUT_MS = 5000;
/** As much as the names of half a million files. */
const MAX_NAMES_BYTES = 64 << 20;

/** The repository in which git runs a hook. Its environment names the index and the folder that are meant. */
export class HookRepository {
  readonly #git: string;
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;
  /** The folder of the checkout, links resolved; of a bare repository its own. */
  readonly root: string;
  readonly gitDir: string;
  /** The folder that all worktrees share. */
  readonly common: string;

  /** Throws git's error. */
  constructor(git: string, cwd: string, env: NodeJS.ProcessEnv) {
    this.#git = git;
    this.#cwd = cwd;
    this.#env = { ...env, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', LC_ALL: 'C' };
    this.gitDir = realPath(resolve(cwd, this.#line('rev-parse', '--absolute-git-dir')));
    this.common = realPath(resolve(cwd, this.#line('rev-parse', '--git-common-dir')));
    // where hooks run is the top of the checkout
    this.root = realPath(cwd);
  }

  /** The files that the commit would change, as the index of this commit has them; names that are no UTF-8 as git's status reads them. */
  staged(): Set<string> {
    const args = ['diff', '--cached', '--name-only', '-z', '--no-renames', '--no-ext-diff', '--ignore-submodules=all'];
    return new Set(
      this.#run(...args)
        .toString('utf8')
        .split('\0')
        .filter(Boolean),
    );
  }

  #line = (...args: string[]): string =>
    this.#run(...args)
      .toString('utf8')
      .replace(/\r?\n$/, '');

  #run(...args: string[]): Buffer {
    return execFileSync(this.#git, ['--no-pager', '-c', 'core.fsmonitor=false', ...args], {
      cwd: this.#cwd,
      env: this.#env,
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_NAMES_BYTES,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
  }
}
