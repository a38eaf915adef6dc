import type { ClaudeLine, ClaudeMessage } from '#protocol/payload.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import { claudeLineSchema } from '#protocol/schemas.ts';
import { masked } from '#core/base/masking.ts';
import { ellipsize, truncate } from '#core/base/text.ts';
import type { NewEvent } from '#core/log/append.ts';

/** A longer line is skipped: results of tools can have any size and are not needed here. */
const MAX_LINE_CHARS = 1 << 20;
/** Longest part of a final answer that goes into the log; the file has all of it. */
const MAX_RESULT_CHARS = 4000;
const MAX_SUMMARY_CHARS = 120;

export interface ClaudeOutput {
  /** For the log; `worker` is added. */
  events: NewEvent[];
  /** The final answer. */
  answer?: string;
}

/** Converts the output of a Claude worker to events: turns, calls, tokens and the final answer. Accepts any bytes. */
export class ClaudeStream {
  readonly #worker: string;
  #rest = '';
  #skipping = false;
  #turns = 0;
  #input = 0;
  #output = 0;

  constructor(worker: string) {
    this.#worker = worker;
  }

  push(data: Buffer): ClaudeOutput {
    const parts = `${this.#rest}${data.toString('utf8')}`.split('\n');
    const rest = parts.pop() ?? '';
    const lines = this.#skipping ? parts.slice(1) : parts;
    if (parts.length > 0) this.#skipping = false;
    this.#rest = rest;
    if (rest.length > MAX_LINE_CHARS) {
      this.#rest = '';
      this.#skipping = true;
    }
    const outputs = lines.map((text) => this.#line(text));
    const answer = outputs.findLast((n) => n.answer !== undefined)?.answer;
    return { events: outputs.flatMap((n) => n.events), answer };
  }

  #line(text: string): ClaudeOutput {
    if (!text.startsWith('{') || text.length > MAX_LINE_CHARS) return { events: [] };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return { events: [] };
    }
    if (dropInvalid(claudeLineSchema, value) === undefined) return { events: [] };
    const { type, message, result, is_error, usage } = value as ClaudeLine;
    if (type === 'assistant' && message !== undefined) return { events: this.#turn(message) };
    if (type !== 'result') return { events: [] };
    const total = this.#tokens(usage?.input_tokens ?? this.#input, usage?.output_tokens ?? this.#output);
    if (is_error === true)
      return {
        events: [total, this.#event('error', { message: truncate(masked(result ?? 'it failed'), MAX_RESULT_CHARS) })],
      };
    return { events: [total], answer: result };
  }

  #turn({ content = [], usage }: ClaudeMessage): NewEvent[] {
    this.#turns++;
    this.#input += usage?.input_tokens ?? 0;
    this.#output += usage?.output_tokens ?? 0;
    const calls = content.filter((b) => b.type === 'tool_use').map((b) => callText(b.name ?? 'a tool', b.input ?? {}));
    const activity = calls.length === 0 ? 'answering' : calls.join(', ');
    return [
      this.#event('progress', { phase: `turn ${this.#turns}`, message: truncate(activity, 2 * MAX_SUMMARY_CHARS) }),
      this.#tokens(this.#input, this.#output),
    ];
  }

  #tokens(inputTokens: number, outputTokens: number): NewEvent {
    return this.#event('usage', { inputTokens, outputTokens, source: 'claude' });
  }

  #event(t: NewEvent['t'], fields: Record<string, unknown>): NewEvent {
    return { t, worker: this.#worker, ...fields };
  }
}

/** A final answer as the log has it. */
export const shortAnswer = (answer: string): string => ellipsize(masked(answer), MAX_RESULT_CHARS);

function callText(tool: string, input: Record<string, unknown>): string {
  const subject = ['file_path', 'path', 'command', 'pattern', 'url', 'description']
    .map((k) => input[k])
    .find((v) => typeof v === 'string');
  const text = typeof subject === 'string' ? subject.replaceAll(/\s+/g, ' ') : '';
  return text === '' ? tool : `${tool} ${ellipsize(masked(text), MAX_SUMMARY_CHARS)}`;
}
