import { decodeText } from '#core/base/encoding.ts';
import { isDeep, MAX_DEPTH, prune } from '#core/base/depth.ts';
import { isRecord } from '#core/base/json.ts';
import { firstError } from '#protocol/compileValidator.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { payloadSchema } from '#protocol/schemas.ts';

/** A larger payload is not parsed. */
export const MAX_PAYLOAD_BYTES = 16 << 20;

/**
 * A payload as far as it can be used, and what is wrong with it in a way that matters for the answer, as the end of a
 * sentence. Without a payload nothing can be decided; with one, what can be decided is.
 */
export interface ReadPayload {
  payload?: HookPayload;
  problem?: string;
}

/**
 * Reads what Claude Code wrote for an event; `bytes` is undefined where it was too much. The session has to be there. The
 * event is the one that the entry in the settings names. An optional field of another type is dropped.
 */
export function readPayload(bytes: Buffer | undefined, event: string): ReadPayload {
  if (bytes === undefined) return { problem: 'above 16 MB was not looked at' };
  const decoded = decodeText(bytes);
  const text = decoded ?? bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `was not JSON (${bytes.length} bytes)` };
  }
  if (!isRecord(value)) return { problem: 'was not an object' };
  const problem = decoded === undefined ? 'was not UTF-8' : problemOf(value, event);
  if (isHookEvent(event)) value['hook_event_name'] = event;
  if (isDeep(text)) prune(value, MAX_DEPTH);
  if (dropInvalid(payloadSchema, value) === undefined)
    return { problem: `was not understood (${firstError(payloadSchema, value).join('.')})` };
  return { payload: value as HookPayload, problem };
}

const isHookEvent = (event: string): event is HookEvent =>
  payloadSchema.properties?.['hook_event_name']?.enum?.includes(event) === true;

/** What is wrong with the fields by which a call is judged; others may be what they like. */
function problemOf(payload: Record<string, unknown>, event: string): string | undefined {
  const { hook_event_name: name, tool_name: tool, tool_input: input } = payload;
  // what a skill runs is a call as well: its entry names the event of calls
  if (isHookEvent(event) && name !== event && name !== 'PreSkillShellCommand')
    return 'was not understood (hook_event_name)';
  if (event !== 'PreToolUse') return undefined;
  if (typeof tool !== 'string' || tool === '') return 'was not understood (tool_name)';
  return isRecord(input) ? undefined : 'was not understood (tool_input)';
}
