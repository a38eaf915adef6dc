import { describePending, evaluate, pendingConditions } from '#core/fold/conditions.ts';
import type { PendingCondition, SessionState } from '#protocol/state.ts';
import { callerOf, logOf, publishAndRefresh } from '#cli/caller.ts';
import { print } from '#cli/output.ts';
import { EXIT, refused, usage } from '#cli/exit.ts';
import { conditionsOf } from '#cli/hookEvent.ts';
import type { Verb } from '#cli/verb.ts';
import { waitTimeout, waitUntil } from '#cli/waiting.ts';
import { jsonOption, nameArg } from '#cli/args.ts';

/** The result that ends a wait; undefined while the conditions are pending. */
const waitOutcome = (state: SessionState, conditions: PendingCondition[]): 'met' | 'impossible' | undefined => {
  const outcome = evaluate(state, conditions);
  return outcome === 'pending' ? undefined : outcome;
};

/** Waits for conditions. */
export const wait: Verb = {
  name: 'wait',
  summary: 'Wait until conditions hold, all of them',
  usage: 'COND … [--timeout D]',
  options: { timeout: { type: 'string', value: 'D', help: 'how long; default 100 s inside Claude, else without end' } },
  examples: ['fermata wait done:W1 free:db', 'fermata wait done:all --timeout 5m', 'fermata wait clear:B1'],
  notes: [
    'Conditions: done:W1 (has ended), ok:W1 (has ended well), done:all, ok:all, checkpoint:NAME (all have reached it),',
    'free:RESOURCE, decided:BALLOT, clear:B1 (the block has ended). One that held once counts, even if it no longer does.',
    'Exit code 1: it can never hold any more. 4: still waiting, call again.',
  ],
  run: async (call) => {
    if (call.args.length === 0) throw usage('a condition is missing');
    const log = logOf(call);
    const conditions = pendingConditions(log.state, conditionsOf(call.args), callerOf(call));
    const result = await waitUntil(
      call,
      log,
      describePending(conditions),
      (state) => waitOutcome(state, conditions),
      waitTimeout(call),
    );
    if (result === 'impossible') throw refused(`it can never hold any more that ${describePending(conditions)}`);
    print(call, call.args.map((c) => `${c} holds`).join('\n'), { ok: true, conditions: call.args });
    return EXIT.ok;
  },
};

/** Reports that a worker has reached a checkpoint; with `--wait` waits there for the others. */
export const checkpoint: Verb = {
  name: 'checkpoint',
  summary: 'Say that this worker has reached a checkpoint, and wait for the others there',
  usage: 'NAME [--data JSON] [--wait all] [--timeout D]',
  options: {
    data: { type: 'string', value: 'JSON', help: 'anything that belongs to it' },
    wait: {
      type: 'optional',
      value: 'all',
      help: 'return when all workers of the run have reached it',
      fits: (token) => token === 'all',
    },
    timeout: { type: 'string', value: 'D', help: 'how long to wait' },
  },
  examples: [
    'fermata checkpoint merge-ready --wait all',
    'fermata checkpoint merge-ready --json   # {"last":true} for the last to arrive',
  ],
  run: async (call) => {
    const name = nameArg(call, 'NAME');
    const log = logOf(call);
    const worker = callerOf(call);
    publishAndRefresh(call, log, {
      t: 'checkpoint',
      worker,
      name,
      data: jsonOption(call, 'data'),
    });
    if (call.text('wait') !== undefined) {
      const conditions: PendingCondition[] = [{ text: `checkpoint:${name}`, met: false }];
      const result = await waitUntil(
        call,
        log,
        describePending(conditions),
        (state) => waitOutcome(state, conditions),
        waitTimeout(call),
      );
      if (result === 'impossible')
        throw refused(`${missingAt(log.state, name).join(', ')} ended without reaching ${name}`);
    }
    const missing = missingAt(log.state, name);
    const arrived = [...(log.state.checkpoints.get(name)?.arrived.keys() ?? [])];
    const last = missing.length === 0 && arrived.at(-1) === worker;
    const text =
      missing.length === 0
        ? `all have reached ${name}${last ? '; this one was the last' : ''}`
        : `still missing at ${name}: ${missing.join(', ')}`;
    print(call, text, { ok: true, checkpoint: name, last, arrived, missing });
    return EXIT.ok;
  },
};

function missingAt(state: SessionState, name: string): string[] {
  const known = state.checkpoints.get(name);
  return known === undefined ? [] : known.expected.filter((w) => !known.arrived.has(w));
}
