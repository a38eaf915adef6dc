import type { Io } from './io.ts';

/** One option of a verb. `optional` may stand alone or take the next word, if that word `fits`. */
export interface OptionSpec {
  type: 'string' | 'boolean' | 'optional';
  /** May be given more than once. */
  multiple?: boolean;
  /** How its value is called in the help, and what it does. */
  value?: string;
  help: string;
  fits?: (token: string) => boolean;
}

/** What a verb was called with. */
export interface Call {
  io: Io;
  args: string[];
  /** The words after `--`; undefined without one. */
  command: string[] | undefined;
  /** The value of an option; `''` for an optional one that stands alone. */
  text: (option: string) => string | undefined;
  texts: (option: string) => string[];
  flag: (option: string) => boolean;
}

/** One word of the command line: `fermata <name> …`. */
export interface Verb {
  name: string;
  summary: string;
  /** What follows the verb, as in `NAME [--wait all]`. */
  usage: string;
  options: Record<string, OptionSpec>;
  examples: string[];
  /** More that the help says. */
  notes?: string[];
  run: (call: Call) => number | Promise<number>;
}

/** The options that every verb has. */
export const COMMON: Record<string, OptionSpec> = {
  session: {
    type: 'string',
    value: 'ID',
    help: 'the session; default: $FERMATA_SESSION_DIR, Claude’s own, the newest of this project',
  },
  worker: {
    type: 'string',
    value: 'W',
    help: 'who speaks; default: $FERMATA_WORKER, inside Claude “conductor”, else “user”',
  },
  json: { type: 'boolean', help: 'print JSON' },
  help: { type: 'boolean', help: 'print this help' },
};
