import { createInterface } from 'node:readline';
import { isRecord } from '#core/base/json.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { namesWorker, parseEvent } from '#protocol/parseEvent.ts';
import { callerOf, publishAndRefresh, writableLogOf } from '#cli/caller.ts';
import { originOf, type Origin } from '#cli/origin.ts';
import { assertMayPublish } from '#cli/permission.ts';
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
    const log = writableLogOf(call);
    const origin = originOf(call.io, log);
    if (text !== '-') {
      publishAndRefresh(call, log, eventFrom(call, log, origin, text));
      return print(call);
    }
    let wrong = 0;
    let number = 0;
    for await (const line of createInterface({ input: call.io.stdin, crlfDelay: Infinity })) {
      number++;
      if (line.trim() === '') continue;
      try {
        publishAndRefresh(call, log, eventFrom(call, log, origin, line));
      } catch (error) {
        wrong++;
        call.io.stderr(`fermata emit: line ${number}: ${(error as Error).message}\n`);
      }
    }
    print(call, '', { ok: wrong === 0, lines: number, wrong });
    return wrong === 0 ? EXIT.ok : EXIT.usage;
  },
};

function eventFrom(call: Call, log: SessionLog, origin: Origin, text: string): NewEvent {
  const value = parseJson(text, 'this event');
  if (!isRecord(value) || typeof value['t'] !== 'string') throw usage('an event is an object with a type "t"');
  const event = withName(call, log, value as NewEvent);
  const parsed = parseEvent(structuredClone(event));
  if (parsed.kind === 'invalid') throw usage(`this event would not be understood: ${parsed.reason}`);
  if (parsed.kind === 'event' && parsed.dropped !== undefined)
    throw usage(`this event would lose what is not as it should be: ${parsed.dropped.join(', ')}`);
  assertMayPublish(log.state, origin, event);
  // a time of its own choice could end what lasts for a time
  if (origin.kind === 'person') return event;
  const { ts: _, ...rest } = event;
  return rest;
}

/** The event with the caller's name where it needs one and has none. */
function withName(call: Call, log: SessionLog, event: NewEvent): NewEvent {
  if (event.t === 'ballot') return { by: callerOf(call, log), ...event };
  const lacksName = namesWorker(event.t) && event['worker'] === undefined && event.t !== 'abort';
  return lacksName ? { ...event, worker: callerOf(call, log) } : event;
}
