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
  prompt_id: text,
  tool_name: text,
  tool_use_id: text,
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

const tokens = z.optional(z.object({ input_tokens: z.optional(z.number()), output_tokens: z.optional(z.number()) }));
const block = z.object({
  type: z.string(),
  name: z.optional(z.string()),
  input: z.optional(z.record(z.string(), z.unknown())),
});
const message = z.object({ content: z.optional(z.array(block)), usage: tokens });

/** A line that `claude --output-format stream-json` writes, as far as Fermata reads it. */
export const claudeLine = z.object({
  type: z.string(),
  message: z.optional(message),
  result: z.optional(z.string()),
  is_error: z.optional(z.boolean()),
  num_turns: z.optional(z.number()),
  usage: tokens,
  parent_tool_use_id: z.optional(z.nullable(z.string())),
});

export type ClaudeLine = z.output<typeof claudeLine>;
export type ClaudeMessage = z.output<typeof message>;
