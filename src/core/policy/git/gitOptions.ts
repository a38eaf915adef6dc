/** The arguments behind a verb of git, as git reads them: options may stand anywhere before `--`. */
import { UNKNOWN, type Field } from '#core/policy/shell/field.ts';
import { isUnknown, plain } from './gitCall.ts';

export interface GitOptions {
  /** Whether any of these is given: `-f`, `--force`; a long one also by its beginning. */
  has: (...names: string[]) => boolean;
  /** The operands before `--`, and all. */
  before: Field[];
  operands: Field[];
  /** What is behind `--`; undefined where there is none. */
  behind: Field[] | undefined;
  /** An operand that is not known may be an option. */
  mayHaveMore: boolean;
  /** How often `-f` is given. */
  forces: number;
}

/** The options of a verb that take their value in the next argument. */
export interface ValueOptions {
  letters?: string;
  /** Those with one letter that have a value only where it is joined to them. */
  attached?: string;
  names?: readonly string[];
}

export function readGitOptions(
  args: readonly Field[],
  { letters = '', attached: joined = '', names = [] }: ValueOptions,
): GitOptions {
  const given: string[] = [];
  const before: Field[] = [];
  let behind: Field[] | undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? plain('');
    const { text } = arg;
    if (text === '--') {
      behind = args.slice(i + 1);
      break;
    }
    if (!text.startsWith('-') || text === '-') {
      before.push(arg);
      continue;
    }
    if (text.startsWith('--')) {
      const [name = '', attached] = text.split(/=(.*)/s);
      given.push(name);
      if (attached === undefined && names.includes(name)) i++;
      continue;
    }
    const cluster = text.slice(1);
    for (const [at, letter] of cluster.split('').entries()) {
      given.push(`-${letter}`);
      if (!letters.includes(letter) && !joined.includes(letter)) continue;
      if (letters.includes(letter) && at === cluster.length - 1) i++;
      break;
    }
  }
  const isGiven = (name: string): boolean =>
    given.some((each) => each === name || (each.length > 4 && name.startsWith(each)));
  return {
    has: (...asked) => asked.some(isGiven),
    before,
    behind,
    operands: [...before, ...(behind ?? [])],
    forces: given.filter((name) => name === '-f' || name === '--force').length,
    mayHaveMore: before.some((field) => isUnknown(field) && field.shape.startsWith(UNKNOWN)),
  };
}
