import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  newMessages,
  newToolResults,
  textOf,
  modelInput,
  type MessagesRequest,
  type ToolResult,
} from './modelMessages.ts';
import { sendReply, type Reply } from './modelReply.ts';

/** One request of a conversation, as a script sees it. "New" is what came after the model's last answer. */
export interface Turn {
  /**
   * Main conversation: number of the session's earlier requests (so 0 again after `/clear`).
   * Subagent: number of answers it has had.
   */
  index: number;
  model: string;
  request: MessagesRequest;
  /** Claude's session. Several sessions may share a server. */
  sessionId: string;
  /** The request belongs to a subagent; then `agentId` is its id, as hooks report it. */
  subagent: boolean;
  agentId?: string;
  lastToolResults: ToolResult[];
  /** The new user-role text: prompts, reminders, hook feedback. Without tool results. */
  lastUserText: string;
  /** All new input of the model: `lastUserText`, tool results and system-role messages. */
  newInput: string;
  /** All input of the model since the conversation began, without the system prompt. */
  allText: string;
}

/** Decides the model's answer. An error that it throws fails the request for good and is kept in `scriptErrors`. */
export type Script = (turn: Turn) => Reply | Promise<Reply>;

export interface ModelRequest {
  /** main: the session's own conversation · subagent · side: titles, summaries and probes, which scripts do not get. */
  kind: 'main' | 'subagent' | 'side';
  sessionId: string;
  agentId?: string;
  /** Epoch time of arrival. */
  atMs: number;
  body: MessagesRequest;
}

export interface ModelServer {
  url: string;
  /** Every Messages request so far, oldest first. */
  requests: ModelRequest[];
  scriptErrors: unknown[];
  stop(): Promise<void>;
}

/**
 * A stand-in for the Anthropic Messages API on a free port of 127.0.0.1 that answers by `script`.
 * @param titleOf the title of a session, for which the CLI asks with its first prompt
 */
export async function startModelServer(
  script: Script,
  titleOf: (prompt: string) => string = () => 'Test session',
): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const scriptErrors: unknown[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await readBody(request);
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (request.method !== 'POST' || !pathname.startsWith('/v1/messages')) return sendJson(response, 200, {});
    if (pathname === '/v1/messages/count_tokens')
      return sendJson(response, 200, { input_tokens: Math.ceil(raw.length / 4) });
    const body = JSON.parse(raw) as MessagesRequest;
    const record = classify(body, request);
    const before = requests.filter((other) => other.kind === 'main' && other.sessionId === record.sessionId).length;
    requests.push(record);
    if (record.kind === 'side') return sendReply(response, body, sideReply(body, titleOf));
    try {
      sendReply(response, body, await script(turnOf(record, before)));
    } catch (error) {
      scriptErrors.push(error);
      // the CLI retries after every other status
      sendJson(response, 400, {
        type: 'error',
        error: { type: 'invalid_request_error', message: `the test's script failed: ${String(error)}` },
      });
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    scriptErrors,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The model's input in the main conversation of a session (of all, by default), from request number `from` on. */
export function modelInputSince(requests: readonly ModelRequest[], from: number, sessionId?: string): string {
  return requests
    .filter((request) => request.kind === 'main' && (sessionId === undefined || request.sessionId === sessionId))
    .slice(from)
    .map((request) => modelInput(newMessages(request.body)))
    .join('\n');
}

/** The CLI names session and subagent in headers. Requests without tools serve the CLI itself, and so does a compaction. */
function classify(body: MessagesRequest, request: IncomingMessage): ModelRequest {
  const sessionId = String(request.headers['x-claude-code-session-id'] ?? '');
  const agentId = request.headers['x-claude-code-agent-id'];
  const common = { sessionId, ...(typeof agentId === 'string' ? { agentId } : {}), atMs: Date.now(), body };
  const isSide = (body.tools ?? []).length === 0 || isCompaction(body);
  return { kind: isSide ? 'side' : typeof agentId === 'string' ? 'subagent' : 'main', ...common };
}

function isCompaction(body: MessagesRequest): boolean {
  return textOf(body.messages.at(-1)?.content).includes(
    'Your task is to create a detailed summary of the conversation',
  );
}

function sideReply(body: MessagesRequest, titleOf: (prompt: string) => string): Reply {
  if (isCompaction(body)) return { text: '<summary>The conversation so far, in short.</summary>' };
  return { text: JSON.stringify({ title: titleOf(textOf(body.messages.at(-1)?.content)) }) };
}

function turnOf(record: ModelRequest, before: number): Turn {
  const { body, sessionId, agentId, kind } = record;
  const subagent = kind === 'subagent';
  const added = newMessages(body);
  return {
    index: subagent ? body.messages.filter((message) => message.role === 'assistant').length : before,
    model: body.model,
    request: body,
    sessionId,
    subagent,
    ...(subagent && agentId !== undefined ? { agentId } : {}),
    lastToolResults: newToolResults(body),
    lastUserText: added
      .filter((message) => message.role === 'user')
      .map((message) => textOf(message.content))
      .join('\n'),
    newInput: modelInput(added),
    allText: modelInput(body.messages),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
