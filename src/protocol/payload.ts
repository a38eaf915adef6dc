import * as z from 'zod/mini';
import { HOOK_EVENTS } from './hookEvents.ts';
import { sessionId } from './parts.ts';

const text = z.optional(z.string());

/** What Claude Code writes to a hook's standard input, as far as Fermata reads it. Unknown fields pass. */
export const hookPayload = z.looseObject({
  session_id: sessionId,
  hook_event_name: z.enum(HOOK_EVENTS),
  cwd: text,
  transcript_path: text,
  permission_mode: text,
  agent_id: text,
  agent_type: text,
  source: text,
  model: text,
  prompt: text,
  tool_name: text,
  tool_input: z.optional(z.record(z.string(), z.unknown())),
  reason: text,
  error: z.optional(z.unknown()),
  message: text,
  notification_type: text,
  last_assistant_message: text,
  background_tasks: z.optional(z.array(z.unknown())),
  task_subject: text,
  teammate_name: text,
});

export type HookPayload = z.output<typeof hookPayload>;
