import { Readable } from 'node:stream';
import type { ProcessEntry } from '#core/base/ancestry.ts';
import type { Io } from '#cli/verb.ts';
import { run } from '#cli/run.ts';
import { VERBS } from '#cli/table.ts';
import type { CommandResult, Stage } from './fermata.ts';

/** Where a command runs, with what stands on its standard input. */
type Stand = Pick<Stage, 'env' | 'project'> & { input?: string | undefined };

/** Runs `fermata <args>` within this process: as the worker `as` of the stage's session, or with those further variables. */
export const fermata = (stage: Stand, as: string | Record<string, string>, ...args: string[]): Promise<CommandResult> =>
  fermataBelow(stage, [], typeof as === 'string' ? { FERMATA_WORKER: as } : as, ...args);

/** The same below other processes, the nearest first. */
export async function fermataBelow(
  stage: Stand,
  ancestry: readonly ProcessEntry[],
  env: Record<string, string>,
  ...args: string[]
): Promise<CommandResult> {
  const ran: CommandResult = { code: -1, out: '', err: '' };
  const io: Io = {
    stdout: (text) => void (ran.out += text),
    stderr: (text) => void (ran.err += text),
    stdin: Readable.from(stage.input === undefined ? [] : [Buffer.from(stage.input)]),
    env: stage.env(env),
    cwd: stage.project,
    now: Date.now,
    ancestry: () => ancestry,
  };
  ran.code = await run(VERBS, args, io);
  return ran;
}
