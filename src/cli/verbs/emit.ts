import { createInterface } from 'node:readline';
import { isRecord } from '#core/base/json.ts';
import type { NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { namesWorker, parseEvent } from '#protocol/parseEvent.ts';
import { callerOf, writableLogOf } from '#cli/caller.ts';
import { print } from '#cli/output.ts';
import { EXIT, usage } from '#cli/exit.ts';
import type { Call, Verb } from '#cli/verb.ts';
import { parseJson } from '#cli/args.ts';

export const emit: Verb = {
  name: 'emit',
  summary: 'Append any event to the session’s log, and put it in force',
  args: ['an event, or -,'],
  usage: `'{"t":…}' | -`,
  examples: [
    `fermata emit '{"t":"vote","decision":"proceed"}'`,
    `printf '%s\\n' '{"t":"progress","pct":10}' '{"t":"done"}' | fermata emit -`,
  ],
  notes: [
    'An event that speaks for a worker and names none is filled in with the caller. A type that is not known is kept, without effect.',
  ],
  run: async (call, text) => {
    const { dir } = writableLogOf(call);
    if (text !== '-') {
      publish(dir, call.io.now(), eventFrom(call, text));
      return print(call);
    }
    let wrong = 0;
    let number = 0;
    for await (const line of createInterface({ input: call.io.stdin, crlfDelay: Infinity })) {
      number++;
      if (line.trim() === '') continue;
      try {
        publish(dir, call.io.now(), eventFrom(call, line));
      } catch (error) {
        wrong++;
        call.io.stderr(`fermata emit: line ${number}: ${(error as Error).message}\n`);
      }
    }
    print(call, '', { ok: wrong === 0, lines: number, wrong });
    return wrong === 0 ? EXIT.ok : EXIT.usage;
  },
};

function eventFrom(call: Call, text: string): NewEvent {
  const value = parseJson(text, 'this event');
  if (!isRecord(value) || typeof value['t'] !== 'string') throw usage('an event is an object with a type "t"');
  const event =
    namesWorker(value['t']) && value['worker'] === undefined && value['t'] !== 'abort'
      ? { ...value, worker: callerOf(call) }
      : value;
  const parsed = parseEvent(structuredClone(event));
  if (parsed.kind === 'invalid') throw usage(`this event would not be understood: ${parsed.reason}`);
  if (parsed.kind === 'event' && parsed.dropped !== undefined)
    throw usage(`this event would lose what is not as it should be: ${parsed.dropped.join(', ')}`);
  return event as NewEvent;
}
