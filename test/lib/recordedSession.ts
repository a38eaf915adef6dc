import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { writeSessionInfo } from '#core/session/info.ts';

/** The time at which recorded sessions of tests begin. */
export const START = Date.UTC(2026, 10, 24, 12);

/** A session that is over: a transcript of which the test writes each line at a time of its own, and a log where it wants one. */
export class PastSession {
  readonly transcript: string;
  readonly id: string;
  readonly project: string;
  readonly dir: string | undefined;
  #count = 0;

  /** @param home the Fermata home that has a log of it */
  constructor(root: string, project: string, id: string, home?: string) {
    this.id = id;
    this.project = project;
    this.transcript = join(root, '.claude', 'projects', project.replaceAll(/[^A-Za-z0-9]/g, '-'), `${id}.jsonl`);
    mkdirSync(dirname(this.transcript), { recursive: true });
    mkdirSync(project, { recursive: true });
    writeFileSync(this.transcript, '');
    if (home === undefined) return;
    this.dir = sessionDir(home, id);
    createLog(this.dir, START);
    writeSessionInfo(this.dir, { session: id, project, started: START });
    this.log(0, { t: 'session', session: id, cwd: project, transcript: this.transcript });
  }

  /** Appends events to the log, `seconds` after the start. */
  log(seconds: number, ...events: NewEvent[]): this {
    const lines = events.map((event) => `\n${JSON.stringify({ ts: START + 1000 * seconds, ...event })}\n`);
    appendFileSync(sessionPaths(this.dir ?? '').log, lines.join(''));
    return this;
  }

  /** A prompt that a person typed. */
  prompt(seconds: number, text: string): this {
    return this.#write(seconds, { type: 'user', message: { role: 'user', content: text } });
  }

  /** A call of Claude with its result `took` seconds later, in a message of so many tokens; returns its id. */
  call(
    seconds: number,
    name: string,
    input: Record<string, unknown>,
    took = 1,
    agent?: string,
    tokens?: number,
  ): string {
    const id = `toolu_${++this.#count}`;
    const message = {
      id: `msg_${this.#count}`,
      content: [{ type: 'tool_use', id, name, input }],
      stop_reason: 'tool_use',
      ...(tokens !== undefined && { usage: { input_tokens: tokens, output_tokens: 0 } }),
    };
    this.#write(seconds, { type: 'assistant', message }, agent);
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'fine' }] };
    this.#write(seconds + took, { type: 'user', message: result }, agent);
    return id;
  }

  /** The end of a turn. */
  stop(seconds: number, agent?: string): this {
    const message = { id: `msg_${++this.#count}`, content: [{ type: 'text', text: 'done' }], stop_reason: 'end_turn' };
    return this.#write(seconds, { type: 'assistant', message }, agent);
  }

  #write(seconds: number, line: object, agent?: string): this {
    const file =
      agent === undefined
        ? this.transcript
        : join(this.transcript.replace(/\.jsonl$/, ''), 'subagents', `agent-${agent}.jsonl`);
    mkdirSync(dirname(file), { recursive: true });
    const origin = { timestamp: new Date(START + 1000 * seconds).toISOString(), sessionId: this.id, cwd: this.project };
    appendFileSync(
      file,
      `${JSON.stringify({ ...origin, ...line, ...(agent === undefined ? {} : { isSidechain: true, agentId: agent }) })}\n`,
    );
    return this;
  }
}
