import { compileValidator } from '#protocol/compileValidator.ts';
import { HOOK_EVENTS } from '#protocol/hookEvents.ts';
import { SAMPLE_FIELDS } from '#protocol/hookTable.ts';
import { hookPayload } from '#protocol/payload.ts';
import { payloadSchema } from '#protocol/schemas.ts';
import { readPayload } from '#hooks/readPayload.ts';
import { hold, jsonOf, parted, same, type Target } from '#test/fuzz/target.ts';

const isPayload = compileValidator(payloadSchema);

export const samplePayloads = (): string[] =>
  HOOK_EVENTS.map((event) => {
    const common = { session_id: 's1', transcript_path: '/t/s1.jsonl', cwd: '/p', hook_event_name: event };
    return `${event}\n${JSON.stringify({ ...common, ...SAMPLE_FIELDS[event] })}`;
  });

/** What Claude Code writes to a hook: first line the event of the entry. What zod accepts is read as it is, and nothing else as a payload. */
export const payload: Target = {
  seeds: () => [...samplePayloads(), 'Stop\n\ufeff{"session_id":"s1","hook_event_name":"Stop"}', 'Stop\n[]', 'Odd\n{}'],
  check: (input) => {
    const [event, bytes] = parted(input);
    const { payload, problem } = readPayload(bytes, event);
    hold(payload !== undefined || problem !== undefined, () => 'neither a payload nor a problem');
    if (problem !== undefined) hold(problem !== '' && problem.length < 300, () => 'no problem that can be read');
    if (payload !== undefined) {
      hold(hookPayload.safeParse(payload).success && isPayload(payload), () => 'a payload that zod refuses');
      if (HOOK_EVENTS.includes(event as never)) same(payload.hook_event_name, event, 'event');
      JSON.stringify(payload);
    }
    const value = jsonOf(bytes.toString('utf8'));
    if (value !== undefined && hookPayload.safeParse(value).success)
      hold(payload !== undefined, () => `what zod accepts is no payload: ${problem}`);
  },
};
