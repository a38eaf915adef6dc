import { describeEvent } from '#core/projection/describeEvent.ts';
import { isRepeated, viaOf } from '#core/fold/machines.ts';
import { emptyState } from '#core/fold/state.ts';
import { waitFor } from '#core/session/watchLog.ts';
import type { Line } from '#core/log/lineReader.ts';
import { fitsAgent } from '#core/policy/match/agent.ts';
import { matches } from '#core/policy/match/match.ts';
import { eventAt, LogTail } from '#core/log/logTail.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { Event } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Match } from '#protocol/parts.ts';
import type { SessionState } from '#protocol/state.ts';
import { callerOf, logOf, sessionOf, publishAndRefresh } from '#cli/caller.ts';
import { EXIT, Failure, refused } from '#cli/exit.ts';
import { conditionsOf, MATCH_OPTIONS } from '#cli/hookEvent.ts';
import { printable } from '#cli/output.ts';
import { waitTimeout } from '#cli/waiting.ts';
import { flagOption, listOption, textOption, type Call, type Verb } from '#cli/verb.ts';

export const log: Verb = {
  name: 'log',
  summary: 'Print the session’s events',
  usage: '[--follow | --at POSITION] [--json]',
  options: {
    follow: flagOption('go on with what comes'),
    at: textOption('POSITION', 'only the event whose line begins at this byte, with its whole text'),
  },
  examples: ['fermata log', 'fermata log --follow --json'],
  run: async (call) => {
    const dir = sessionOf(call);
    const at = call.text('at');
    if (at !== undefined) return printEvent(call, dir, at);
    const tail = new LogTail(dir);
    const once = new Once();
    const printNew = (): void => {
      for (const line of newLines(call, tail, once)) call.io.stdout(lineText(call, line));
    };
    printNew();
    if (call.flag('follow')) await followLog(dir, printNew);
    return undefined;
  },
};

/** Prints the event at a position, which a text that was cut names. */
function printEvent(call: Call, dir: string, at: string): undefined {
  const event = /^\d{1,15}$/.test(at) ? eventAt(dir, Number(at)) : undefined;
  if (event === undefined) throw refused(`no event begins at byte ${JSON.stringify(at)} of the log`);
  call.io.stdout(`${call.flag('json') ? JSON.stringify(event) : printable(JSON.stringify(event, null, 2))}\n`);
}

/** Calls `onPoll` whenever the log grows, until the session ends, the time is over or a signal comes. Returns whether the session ended. */
async function followLog(dir: string, onPoll: () => void, timeoutMs?: number): Promise<boolean> {
  const session = new SessionLog(dir);
  const ended = await waitFor(session, (state) => (state.conductor.state === 'ended' ? true : undefined), {
    timeoutMs,
    onPoll,
  });
  onPoll();
  return ended === true;
}

/** Leaves out the lines of other machines that came twice, which count once. */
class Once {
  /** Of which nothing is used but how far each outbox is taken. */
  #state = emptyState();

  constructor(machines: ReadonlyMap<string, number> = new Map()) {
    for (const [via, off] of machines) this.#state.machines.set(via, off);
  }

  /** Another log begins. */
  reset(): void {
    this.#state = emptyState();
  }

  counts(line: Line): boolean {
    const via = 'damage' in line ? undefined : viaOf(line.value);
    return via === undefined || !('value' in line) || !isRepeated(this.#state, via, line.value as { off: number });
  }
}

/** The new lines of the log that count, with a note on stderr if another log has replaced the one that was read. */
function newLines(call: Call, tail: LogTail, once: Once): Line[] {
  const before = tail.generation;
  const lines = tail.next();
  if (tail.generation !== before) {
    once.reset();
    call.io.stderr('note: the log was replaced or cut; what follows is the new one, from its beginning\n');
  }
  return lines.filter((line) => once.counts(line));
}

function lineText(call: Call, line: Line): string {
  if ('damage' in line) return call.flag('json') ? '' : `         (damaged: ${line.damage})\n`;
  if (call.flag('json')) return `${JSON.stringify(line.value)}\n`;
  const parsed = parseEvent(line.value);
  if (parsed.kind !== 'event') return '';
  const { event } = parsed;
  const text = describeEvent(event);
  if (text === undefined) return '';
  const time = event.ts === undefined ? '        ' : new Date(event.ts).toTimeString().slice(0, 8);
  const who = 'worker' in event ? (event.worker ?? '') : '';
  return `${time} ${printable(`${who === '' ? '' : `${who} `}${text}`).replaceAll('\n', '\n         ')}\n`;
}

export const watch: Verb = {
  name: 'watch',
  summary: 'Ask to see Claude’s tool calls, and print them as they come',
  usage: '[--tool T] [--agent A] [--until COND] [--follow [--timeout D]]',
  options: {
    tool: MATCH_OPTIONS.tool,
    agent: MATCH_OPTIONS.agent,
    until: listOption('COND', 'for how long; default until this worker ends'),
    follow: flagOption('print each call as a line of JSON'),
    timeout: textOption('D', 'stop following after this time'),
  },
  examples: ['fermata watch --tool Read --follow | while read -r call; do …; done'],
  run: async (call) => {
    const session = logOf(call);
    const worker = callerOf(call, session);
    const from = session.position;
    const once = new Once(session.state.machines);
    const conditions = conditionsOf(call.texts('until'));
    const [tool, agent] = [call.text('tool'), call.text('agent')];
    const until = conditions.length === 0 ? undefined : conditions;
    publishAndRefresh(call, session, { t: 'watch', worker, tool, agent, until });
    if (!call.flag('follow')) return;
    if (worker === USER || worker === CONDUCTOR)
      call.io.stderr(
        'note: the calls are recorded until the session ends; give --until, or --worker of one that ends\n',
      );
    const tail = new LogTail(session.dir, from);
    const printNew = (): void => {
      const lines = newLines(call, tail, once);
      // an agent may have come that has the name
      if (agent !== undefined) session.refresh();
      for (const event of lines.flatMap((line) => toolEvent(session.state, line, { tool, agent })))
        call.io.stdout(`${JSON.stringify(event)}\n`);
    };
    const ended = await followLog(session.dir, printNew, waitTimeout(call));
    if (!ended) throw new Failure(EXIT.timedOut, 'time is up; call again to see more');
  },
};

/** The call that a line of the log records; none where it is no call of one of these tools and agents, by default of any. */
function toolEvent(state: SessionState, line: Line, { tool, agent }: Pick<Match, 'tool' | 'agent'>): Event[] {
  const parsed = 'damage' in line ? undefined : parseEvent(line.value);
  if (parsed?.kind !== 'event' || parsed.event.t !== 'tool') return [];
  if (agent !== undefined && !fitsAgent(agent, state, { role: CONDUCTOR, agentId: parsed.event.agent })) return [];
  const call = { tool: parsed.event.tool, input: {}, cwd: '/' };
  return tool === undefined || matches({ tool }, call, '/') ? [parsed.event] : [];
}
