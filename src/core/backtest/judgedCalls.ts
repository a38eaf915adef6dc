import type { ToolCall } from '#core/policy/match/match.ts';

/** The parser of shell commands, which is loaded where calls are judged. */
export type Shell = typeof import('./shell.ts');

/** What judges commands of git, which is loaded with it. */
export type Git = typeof import('#core/policy/git/commandTakes.ts');

/** Its name may be quoted in parts, or what a variable has. */
const MAYBE_GIT = /g["'\\\n]*i["'\\\n]*t|\bgh |[$`]/i;

/** So many different calls are kept at a time. */
const MAX_CALLS = 20_000;

/**
 * Recorded calls as the policy takes them. Most calls of a history are of the same files and commands: one object stands for
 * equal ones, so that their paths are resolved and their commands read once.
 */
export class JudgedCalls {
  readonly #shell: Shell;
  readonly #git: Git;
  readonly #calls = new Map<string, ToolCall>();
  /** The time of the call that is judged, by which the age of an edit is counted; epoch ms. */
  nowMs = 0;

  constructor(shell: Shell, git: Git) {
    this.#shell = shell;
    this.#git = git;
  }

  /**
   * The call with that input.
   * @param reads whether its command has to be read
   */
  of(call: Pick<ToolCall, 'tool' | 'input' | 'cwd'>, root: string, reads: boolean): ToolCall {
    const { tool, input, cwd } = call;
    const key = JSON.stringify([tool, cwd, root, reads, input]);
    const known = this.#calls.get(key);
    if (known !== undefined) return known;
    const { command } = input;
    const fit = reads && typeof command === 'string' ? this.#shell.fitOf(command, tool, { cwd, root }) : undefined;
    const made: ToolCall = { tool, input, cwd, fit, takes: this.#takesOf(call) };
    if (this.#calls.size >= MAX_CALLS) this.#calls.clear();
    this.#calls.set(key, made);
    return made;
  }

  /** What a command takes of an agent's uncommitted files, which is read when it is wanted for the first time. */
  #takesOf({ tool, input: { command }, cwd }: Pick<ToolCall, 'tool' | 'input' | 'cwd'>): ToolCall['takes'] {
    if (typeof command !== 'string' || !MAYBE_GIT.test(command)) return undefined;
    const [shell, git, now] = [this.#shell, this.#git, () => this.nowMs];
    let takes: ToolCall['takes'];
    return (entry) => {
      takes ??= git.takesOf(
        tool === 'PowerShell' ? shell.readPowerShell(command) : shell.readCommand(command),
        { cwd, inOrder: shell.changesInOrder(command), isPast: true },
        shell.readCommand,
        now,
      );
      return takes(entry);
    };
  }

  /** Whether a call may take what others have not committed. */
  mayTake({ input: { command } }: Pick<ToolCall, 'input'>): boolean {
    return typeof command === 'string' && this.#git.hasTakingWords(command);
  }

  /** Whether a call is Fermata's own command, which no block holds. */
  isExempt({ tool, input: { command } }: Pick<ToolCall, 'tool' | 'input'>, home: string): boolean {
    return typeof command === 'string' && command.includes('fermata') && this.#shell.isExemptCall(tool, command, home);
  }
}
