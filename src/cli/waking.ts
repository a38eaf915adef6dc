import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#core/base/clock.ts';
import { isWakeable } from '#core/session/waiter.ts';
import { logOf } from './caller.ts';
import type { Call } from './verb.ts';

/** A waiter needs a moment to begin, at the start of a session and at the end of a turn. */
const BEGIN_MS = 1000;

/** After something was published with `--now`: where Claude is idle and nothing wakes it, that is said on standard error. */
export async function reportIfAsleep(call: Call): Promise<undefined> {
  const log = logOf(call);
  const deadline = monotonicMs() + BEGIN_MS;
  while (call.flag('now') && log.state.conductor.state === 'idle' && !isWakeable(log.dir, call.io.now())) {
    if (monotonicMs() >= deadline) {
      call.io.stderr('fermata: Claude is idle, and nothing wakes it here: it is told at its next call or prompt\n');
      break;
    }
    await delay(100);
    log.refresh();
  }
}
