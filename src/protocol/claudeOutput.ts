import * as z from 'zod/mini';

const opt = z.optional;
const tokens = opt(z.object({ input_tokens: opt(z.number()), output_tokens: opt(z.number()) }));
const block = z.object({ type: z.string(), name: opt(z.string()), input: opt(z.record(z.string(), z.unknown())) });
const message = z.object({ content: opt(z.array(block)), usage: tokens });

/** A line that `claude --output-format stream-json` writes, as far as Fermata reads it. */
export const claudeLine = z.object({
  type: z.string(),
  message: opt(message),
  result: opt(z.string()),
  is_error: opt(z.boolean()),
  num_turns: opt(z.number()),
  usage: tokens,
  parent_tool_use_id: opt(z.nullable(z.string())),
});

export type ClaudeLine = z.output<typeof claudeLine>;
export type ClaudeMessage = z.output<typeof message>;
