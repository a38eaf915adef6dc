import { takeAnswer } from '../src/core/session/flags.ts';
import { CONDUCTOR, USER } from '../src/protocol/ids.ts';
import type { Answer } from './reply.ts';
import { nextChange } from './holdInPlace.ts';
import type { Visit } from './visit.ts';

/** Claude Code ends a hook at its timeout; the dialog stands all the same, but nobody would log that. */
const RESERVE_SECONDS = 5;
/** How often it is looked for what no file tells: that Claude has gone. */
const POLL_MS = 1000;

/**
 * Waits beside the dialog in the terminal for the person's answer from the panel. The dialog stays usable meanwhile: a
 * no there ends this hook by SIGTERM; after a yes Claude Code lets it wait on and takes no answer any more, and what
 * has been asked for is closed by the hook that sees the call done. `open` says the request,
 * once this process is ready for its end. Returns no answer unless the person gave one here.
 */
export async function answerFromPanel(visit: Visit, ask: string, open: () => void): Promise<Answer> {
  const { now, timeoutSeconds } = visit.around;
  const until = now() + 1000 * (timeoutSeconds - RESERVE_SECONDS);
  const claude = process.ppid;
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGTERM', stop);
  try {
    open();
    visit.refresh();
    while (visit.state.asks.has(ask)) {
      if (stopped.signal.aborted || process.ppid !== claude || now() >= until) {
        visit.say({ t: 'answer', ask, decision: 'gone', by: CONDUCTOR });
        return {};
      }
      const given = takeAnswer(visit.dir, ask);
      if (given !== undefined) {
        const word = given.word === undefined ? {} : { word: given.word };
        visit.say({ t: 'answer', ask, decision: given.decision, by: USER, ...word });
        if (given.decision === 'allow') return { allow: true };
        return { block: given.word ?? 'The person at the keyboard does not allow this.' };
      }
      await nextChange(visit, POLL_MS, stopped.signal);
      visit.refresh();
    }
    return {};
  } finally {
    process.off('SIGTERM', stop);
  }
}
