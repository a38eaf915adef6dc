import type { NewEvent } from '#core/log/append.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import { USER } from '#protocol/ids.ts';
import type { Block } from '#protocol/state.ts';

const KEY = 'done';
/** Where Claude says that it is done: with its turn, with a task. */
const AT: readonly HookEvent[] = ['Stop', 'TaskCompleted'];

/** The person holds what Claude calls done until a command was seen to pass after the last edit, and again after the next one. */
export const holdDone = (command: string): NewEvent[] =>
  AT.map((event): NewEvent => {
    const message = `The person holds what you call done until \`${command}\` was seen to pass`;
    return { t: 'hook', worker: USER, event, exit: 2, key: KEY, message, until: `proven:${command}` };
  });

/** Whether a block is one of these. */
export const isDoneHold = ({ worker, key }: Block): boolean => worker === USER && key === KEY;
