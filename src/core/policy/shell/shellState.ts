import type { CommandNode, CompoundList } from 'unbash';
import type { Field } from './field.ts';
import type { Way, Ways } from './shellWays.ts';

const MAX_STEPS = 5000;
const MAX_DEPTH = 12;

/** What the parts of a shell text change while its ways are followed. */
export class ShellState {
  /** Where the shell has ended with 0 before the end of its text. */
  exited: Way[] = [];
  /** Something in the text may change how it ends, as a trap does: its exit code shows nothing. */
  isHidden = false;
  /** Where a loop was left early, and how a function returned; undefined outside of one. */
  left: Way[] | undefined;
  returned: Ways | undefined;
  /** Of a command that is looked for its bit; undefined for any other one. */
  readonly bitOf: (words: readonly Field[], dir: string | undefined) => number | undefined;
  readonly functions = new Map<string, (CommandNode | CompoundList)[]>();
  /** The programs that a trap calls. */
  readonly trapped = new Set<string>();
  #steps = 0;

  constructor(bitOf: ShellState['bitOf']) {
    this.bitOf = bitOf;
  }

  /** Throws RangeError where a text has more in it than is followed. */
  spend(steps: number, depth: number): void {
    if (depth > MAX_DEPTH || (this.#steps += steps) > MAX_STEPS) throw new RangeError('it has too much in it');
  }
}
