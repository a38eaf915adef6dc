import type { Readable } from 'node:stream';
import type { ProcessEntry } from '#core/base/ancestry.ts';

/** All effects of the command line, handed in so that a test can call a verb as a function. */
export interface Io {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  readonly stdin: Readable;
  env: NodeJS.ProcessEnv;
  cwd: string;
  now: () => number;
  /** This process and its ancestors, the nearest first; undefined where the system does not show them. */
  ancestry: () => readonly ProcessEntry[] | undefined;
}

/** One option of a verb. An `optional` one takes the next argument as its value if that `fits`. */
export interface OptionSpec {
  type: 'string' | 'boolean' | 'optional';
  /** May be given more than once. */
  multiple?: boolean;
  /** The value's name in the help. */
  value?: string;
  help: string;
  fits?: (token: string) => boolean;
}

export const flagOption = (help: string): OptionSpec => ({ type: 'boolean', help });
/** An option with a value; `value` names it in the help. */
export const textOption = (value: string, help: string): OptionSpec => ({ type: 'string', value, help });
/** An option that may be given more than once. */
export const listOption = (value: string, help: string): OptionSpec => ({ ...textOption(value, help), multiple: true });

/** One call of a verb. */
export interface Call {
  io: Io;
  args: string[];
  /** The arguments after `--`; undefined without a `--`. */
  command: string[] | undefined;
  /** The value of an option; `''` for an optional one without a value. */
  text: (option: string) => string | undefined;
  texts: (option: string) => string[];
  flag: (option: string) => boolean;
}

/** One verb of the command line: `fermata <name> …`. */
export interface Verb {
  name: string;
  summary: string;
  /** What follows the verb, as in `NAME [--wait all]`. */
  usage: string;
  /** The names of its positional arguments, optional ones in brackets; none by default. `any` takes any number of them. */
  args?: readonly string[] | 'any';
  options?: Record<string, OptionSpec>;
  examples: string[];
  /** What only the person may do, as the end of a sentence, where a call does that. Claude and workers are refused. */
  personal?: (call: Call) => string | undefined;
  /** Further paragraphs of the help. */
  notes?: string[];
  /** Gets the positional arguments, too. Returns the exit code, by default 0. */
  run: (call: Call, ...args: string[]) => number | undefined | Promise<number | undefined>;
}

/** The options that every verb has. */
export const COMMON: Record<string, OptionSpec> = {
  session: textOption(
    'ID',
    'the session; default: $FERMATA_SESSION_DIR, Claude’s own, the one whose project is nearest to this folder',
  ),
  worker: textOption(
    'W',
    'who speaks; default: $FERMATA_WORKER, below a worker that one, below Claude “conductor”, else “user”',
  ),
  json: flagOption('print JSON'),
  help: flagOption('print this help'),
};
