import type { Uncommitted } from '#protocol/state.ts';

/** The parser of shell commands, and what judges those of git: bundles of their own. */
const loadShell = (): Promise<typeof import('#core/policy/shell/shell.ts')> => import('#core/policy/shell/shell.ts');
const loadGit = (): Promise<typeof import('#core/policy/git/commandTakes.ts')> =>
  import('#core/policy/git/commandTakes.ts');

/** The sentence about what a command takes of an agent's uncommitted files; undefined where it takes nothing of them. */
export async function takesOfCommand(
  command: string,
  tool: string | undefined,
  cwd: string,
  now: () => number,
): Promise<(entry: Uncommitted) => string | undefined> {
  const [shell, git] = [await loadShell(), await loadGit()];
  const reading = tool === 'PowerShell' ? shell.readPowerShell(command) : shell.readCommand(command);
  return git.takesOf(reading, { cwd, inOrder: shell.changesInOrder(command) }, shell.readCommand, now);
}
