/** The parts of the Anthropic Messages API that the tests read, and how to read text out of them. */

interface ContentBlock {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  is_error?: boolean;
  content?: string | ContentBlock[];
}

export interface Message {
  role: 'user' | 'assistant' | 'system';
  content: string | ContentBlock[];
}

export interface MessagesRequest {
  model: string;
  stream?: boolean;
  system?: string | ContentBlock[];
  messages: Message[];
  tools?: { name: string }[];
  [key: string]: unknown;
}

export interface ToolResult {
  toolUseId: string;
  name: string;
  isError: boolean;
  text: string;
}

function blocksOf(content: Message['content'] | undefined): ContentBlock[] {
  if (content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** The text of some content; that of tool results is included when `deep`. */
export function textOf(content: Message['content'] | undefined, deep = false): string {
  return blocksOf(content)
    .map((block) => block.text ?? (deep && block.type === 'tool_result' ? textOf(block.content, true) : ''))
    .filter((text) => text !== '')
    .join('\n');
}

/** The messages of a request after the model's last answer. */
export function newMessages(request: MessagesRequest): Message[] {
  return request.messages.slice(request.messages.findLastIndex((message) => message.role === 'assistant') + 1);
}

/** The text of everything in these messages but the model's own: prompts, reminders, system messages, tool results. */
export function modelInput(messages: Message[]): string {
  return messages
    .filter((message) => message.role !== 'assistant')
    .map((message) => textOf(message.content, true))
    .filter((text) => text !== '')
    .join('\n');
}

/** The tool results among the new messages, in the order in which the model gets them. */
export function newToolResults(request: MessagesRequest): ToolResult[] {
  const names = new Map<string, string>();
  for (const block of request.messages.flatMap((message) => blocksOf(message.content))) {
    if (block.type === 'tool_use' && block.id !== undefined) names.set(block.id, block.name ?? '');
  }
  return newMessages(request)
    .flatMap((message) => blocksOf(message.content))
    .filter((block) => block.type === 'tool_result')
    .map((block) => {
      const toolUseId = block.tool_use_id ?? '';
      return {
        toolUseId,
        name: names.get(toolUseId) ?? '',
        isError: block.is_error === true,
        text: textOf(block.content, true),
      };
    });
}
