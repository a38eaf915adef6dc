import { isAsleep } from '#core/session/waiter.ts';
import { logOf } from './caller.ts';
import type { Call } from './verb.ts';

/** After something was published with `--now`: where Claude is idle and nothing wakes it, that is said on standard error. */
export async function reportIfAsleep(call: Call): Promise<undefined> {
  if (call.flag('now') && (await isAsleep(logOf(call), call.io.now)))
    call.io.stderr('fermata: Claude is idle, and nothing wakes it here: it is told at its next call or prompt\n');
}
