import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { MessagesRequest } from './modelMessages.ts';

/** An answer of the model: text, tool calls, or text and then tool calls. */
export interface Reply {
  text?: string;
  tools?: { name: string; input: object; id?: string }[];
  /** How many tokens it counts as read; few, if nothing is given. */
  inputTokens?: number;
}

type ReplyBlock = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: object };

/** Answers a Messages request with `reply`: as a stream of server-sent events if the request asks for one. */
export function sendReply(response: ServerResponse, request: MessagesRequest, reply: Reply): void {
  const content = blocks(reply);
  const stopReason = content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn';
  const usage = {
    input_tokens: reply.inputTokens ?? 10,
    output_tokens: 5,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const message = {
    id: `msg_${compactId()}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    stop_sequence: null,
    usage,
  };
  if (request.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...message, content, stop_reason: stopReason }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const send = (type: string, data: object): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  send('message_start', { message: { ...message, content: [], stop_reason: null } });
  content.forEach((block, index) => {
    send('content_block_start', {
      index,
      content_block: block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} },
    });
    const delta =
      block.type === 'text'
        ? { type: 'text_delta', text: block.text }
        : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
    send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  });
  send('message_delta', {
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: usage.output_tokens },
  });
  send('message_stop', {});
  response.end();
}

/** A model's answer is never empty, so an empty reply becomes `ok`. */
function blocks(reply: Reply): ReplyBlock[] {
  const calls = (reply.tools ?? []).map(({ name, input, id }): ReplyBlock => ({
    type: 'tool_use',
    id: id ?? `toolu_${compactId()}`,
    name,
    input,
  }));
  const text = reply.text ?? (calls.length === 0 ? 'ok' : '');
  return text === '' ? calls : [{ type: 'text', text }, ...calls];
}

function compactId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 24);
}
