import type { Io } from './io.ts';
import { run } from './run.ts';
import { VERBS } from './table.ts';

/**
 * The whole command line, a bundle of its own: loaded for what people call, for help and for what is no verb, so that
 * a worker's call does not pay for it.
 */
export const runFullCli = (argv: readonly string[], io: Io): Promise<number> => run(VERBS, argv, io);
