import type { Readable } from 'node:stream';

/** Everything through which the command meets the world, so that a verb can be tested as a function. */
export interface Io {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  readonly stdin: Readable;
  env: NodeJS.ProcessEnv;
  cwd: string;
  now: () => number;
}
