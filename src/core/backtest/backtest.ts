import { resolve } from 'node:path';
import { HOOK_EVENTS, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { Block, SeenCall, SessionState } from '#protocol/state.ts';
import { masked } from '#core/base/masking.ts';
import type { PastCall, PastMoment, PastMoments, PastPrompt, PastStop } from '#core/claude/transcript/pastMoments.ts';
import { limitOf } from '#core/fold/limitConditions.ts';
import type { Line } from '#core/log/lineReader.ts';
import { filesMatching } from '#core/plans/rules/projectFiles.ts';
import { matchRules } from '#core/plans/rules/promptRules.ts';
import { activeBlocks, needsCommand, type CallContext } from '#core/policy/activeBlocks.ts';
import { inputSummary, summaryOf } from '#core/policy/callSummary.ts';
import type { ToolCall } from '#core/policy/match/match.ts';
import type { JudgedCalls } from './judgedCalls.ts';
import { addReason, type UnjudgedReason } from './unjudged.ts';
import { Holds } from './holds.ts';
import { conditionsOf, type HeldMoment, type TriedPolicy } from './policy.ts';
import { TriedState, type TriedRun } from './triedState.ts';

/** More held moments of one session are counted and not kept. */
const MAX_HELD = 10_000;
/** Problems of rules that are kept of one session. */
const MAX_PROBLEMS = 20;

/** What a policy would have done in one session. */
export interface SessionResult {
  /** The calls and ends of turns that were judged. */
  judged: number;
  held: HeldMoment[];
  /** Those that would have been held beyond the ones that are kept. */
  more: number;
  /** How many calls could not be judged, by the reason. */
  unjudged: Map<UnjudgedReason, number>;
  /** Rules that could not be compared with a prompt. */
  problems: Set<string>;
}

/**
 * One recorded session under a policy: the lines of its log and the moments of its transcripts in the order of time, judged
 * by the functions by which the hooks decide. Each call is judged as if those before it had gone as they went.
 */
export class Backtest {
  readonly #policy: TriedPolicy;
  readonly #home: string;
  readonly #calls: JudgedCalls;
  readonly #tried: TriedState;
  readonly #moments: readonly PastMoment[];
  readonly #cwd: string | undefined;
  /** The calls of which the transcript has the input. */
  readonly #known: ReadonlySet<string>;
  /** Whether dollars, or a window of the subscription, are a limit that is tried. */
  readonly #limits: { dollars: boolean; window: boolean };
  /** Those that the log alone has, as far as they were met. */
  readonly #unknown = new Set<string>();
  readonly #onJudged: ((context: CallContext, moment: HeldMoment, isHeld: boolean) => void) | undefined;
  #next = 0;
  readonly #holds: Holds;
  /** Runs whose workers never ran: for the latest prompt, and with the times at which they end. */
  #runs: (TriedRun & { endTs: number })[] = [];
  #lastTs = 0;
  readonly result: SessionResult = { judged: 0, held: [], more: 0, unjudged: new Map(), problems: new Set() };

  /**
   * @param home the Fermata home, whose command no block holds
   * @param onJudged is called for each call and end of a turn, with what was held of it
   */
  constructor(
    policy: TriedPolicy,
    home: string,
    calls: JudgedCalls,
    past: PastMoments | undefined,
    onJudged?: (context: CallContext, moment: HeldMoment, isHeld: boolean) => void,
  ) {
    this.#onJudged = onJudged;
    this.#policy = policy;
    this.#home = home;
    this.#calls = calls;
    this.#tried = new TriedState(policy);
    this.#holds = new Holds(this.#tried, policy);
    this.#moments = past?.moments ?? [];
    this.#cwd = past?.cwd;
    const limits = conditionsOf(policy).flatMap((text) => limitOf(text) ?? []);
    this.#limits = {
      dollars: limits.some((limit) => limit.kind === 'budget' && limit.sum.unit === 'usd'),
      window: limits.some(({ kind }) => kind === 'reset'),
    };
    this.#known = new Set(this.#moments.flatMap((each) => (each.kind === 'call' ? [each.id] : [])));
    if (past !== undefined && past.unreadable > 0) addReason(this.result.unjudged, 'unreadable', past.unreadable);
  }

  get state(): SessionState {
    return this.#tried.state;
  }

  /**
   * Takes the next line of the log.
   * @param beforeTs a time before which it was written, since a worker's clock may be a day ahead
   */
  add(line: Line, beforeTs = Infinity): void {
    const parsed = 'value' in line ? parseEvent(line.value) : undefined;
    const event = parsed?.kind === 'event' ? parsed.event : undefined;
    if (event?.ts !== undefined) {
      const ts = Math.min(event.ts, beforeTs);
      this.#advance(ts);
      // a hold whose time was over then does not see what this line ends
      this.#settle(ts);
    }
    this.#tried.fold(line);
    if (event === undefined) return;
    const ts = Math.max(this.#lastTs, Math.min(event.ts ?? this.#lastTs, beforeTs));
    if (event.t === 'session') this.#tried.begin(ts);
    if (event.t === 'plan')
      this.#takeRecordedPlan(
        event.rule,
        event.workers.map(({ worker }) => worker),
        ts,
      );
    if (event.t === 'denied' || event.t === 'held') this.#judgeUnknown(event, ts);
    this.#settle(ts);
  }

  /** Judges what is left of the transcripts and returns the result. */
  finish(): SessionResult {
    this.#advance(Infinity);
    this.#holds.finish();
    return this.result;
  }

  /** Judges the moments up to a time, and lets the workers end whose time has come. */
  #advance(until: number): void {
    for (;;) {
      const moment = this.#moments[this.#next];
      const nextTs = moment?.ts ?? Infinity;
      const run = this.#runs.find(({ endTs }) => endTs < Infinity && endTs <= Math.min(nextTs, until));
      if (run !== undefined) {
        this.#endRun(run, run.endTs);
        continue;
      }
      if (moment === undefined || nextTs > until) return;
      this.#next++;
      this.#lastTs = Math.max(this.#lastTs, nextTs);
      this.#tried.begin(nextTs);
      this.#settle(nextTs);
      if (moment.kind === 'spending') this.#tried.spend(moment);
      else if (moment.kind === 'prompt') this.#plan(moment);
      else if (moment.kind === 'call') this.#judgeCall(moment);
      else this.#judgeStop(moment);
    }
  }

  /** What others had not committed is tried, which no transcript has. */
  get #needsLog(): boolean {
    const { git = false, blocks } = this.#policy;
    return this.state.session.id === undefined && (git || blocks.some(({ match }) => match?.git !== undefined));
  }

  /** What is tried depends on figures that no transcript has, and that the log does not have yet. */
  get #needsFigures(): boolean {
    const { cost, usage } = this.state.conductor;
    return (this.#limits.dollars && cost === undefined) || (this.#limits.window && usage?.limits === undefined);
  }

  #rootOf(cwd: string | undefined): string {
    return this.state.session.cwd ?? this.#cwd ?? cwd ?? '/';
  }

  #plan({ text, ts }: PastPrompt): void {
    const { rules, workersTakeMs } = this.#policy;
    if (workersTakeMs === undefined) this.#endTurn(ts);
    if (rules.length === 0) return;
    const project = this.#rootOf(undefined);
    const { matches, problems } = matchRules(rules, text, (glob) => filesMatching(project, glob));
    for (const problem of problems.slice(0, MAX_PROBLEMS - this.result.problems.size))
      this.result.problems.add(problem);
    const endTs = workersTakeMs === undefined ? Infinity : ts + workersTakeMs;
    for (const match of matches) this.#runs.push({ ...this.#tried.plan(match, project, ts), endTs });
  }

  /** The workers of a rule did run for the latest prompt: its guards then end as they ended. */
  #takeRecordedPlan(rule: string | undefined, workers: string[], ts: number): void {
    const run = this.#runs.findLast((each) => each.match.rule.name === rule && each.workers.length === workers.length);
    if (run === undefined) return;
    this.#endRun(run, ts);
    this.#tried.plan(run.match, this.#rootOf(undefined), ts, workers);
  }

  #endRun(run: TriedRun & { endTs: number }, ts: number): void {
    this.#runs = this.#runs.filter((each) => each !== run);
    this.#tried.end(run, ts);
    this.#settle(ts);
  }

  #endTurn(ts: number): void {
    for (const run of this.#runs.filter(({ endTs }) => endTs === Infinity)) this.#endRun(run, ts);
  }

  #judgeCall(call: PastCall): void {
    const { tool, input, agent } = call;
    this.#calls.nowMs = call.ts;
    const root = this.#rootOf(call.cwd);
    if (this.#needsLog && this.#calls.mayTake(call)) addReason(this.result.unjudged, 'noLog');
    else if (this.#needsFigures) addReason(this.result.unjudged, 'noFigures');
    else this.result.judged++;
    if (this.#calls.isExempt(call, this.#home)) return;
    const cwd = resolve(root, call.cwd ?? root);
    // an observer of each call may have patterns of its own
    const reads = this.#onJudged !== undefined || needsCommand(this.#tried.judged(), 'PreToolUse');
    const context = this.#contextOf('PreToolUse', call, root, this.#calls.of({ tool, input, cwd }, root, reads));
    this.#judge(context, {
      ...this.#momentOf('PreToolUse', call.ts, agent),
      call: call.id,
      tool,
      summary: masked(call.label),
    });
  }

  #judgeStop(stop: PastStop): void {
    const event = stop.agent === undefined ? 'Stop' : 'SubagentStop';
    this.result.judged++;
    const { agent, agentType } = stop;
    const context = this.#contextOf(event, { agent, agentType }, this.#rootOf(undefined));
    this.#judge(context, this.#momentOf(event, stop.ts, agent));
    if (event === 'Stop' && this.#policy.workersTakeMs === undefined) this.#endTurn(stop.ts);
  }

  /** A call of which the log has no more than a summary: it is judged where no input is needed for that. */
  #judgeUnknown(
    event: { call?: string | undefined; tool: string; summary?: string | undefined; agent?: string | undefined },
    ts: number,
  ): void {
    const { call, tool, summary, agent } = event;
    // the end of a turn has the name of its event there
    if (
      call === undefined ||
      (HOOK_EVENTS as readonly string[]).includes(tool) ||
      this.#known.has(call) ||
      this.#unknown.has(call)
    )
      return;
    this.#unknown.add(call);
    const judged = this.#tried.judged();
    const wide = new Map([...judged.blocks].map(([id, block]) => [id, withoutInput(block)]));
    const root = this.#rootOf(undefined);
    const context = this.#contextOf('PreToolUse', { id: call, tool, agent }, root, { tool, input: {}, cwd: root });
    const concerned = activeBlocks(this.#tried.judged(wide), context, ts);
    const byInput = concerned.filter(({ id }) => wide.get(id) !== judged.blocks.get(id));
    if (byInput.length === concerned.length && byInput.length > 0) addReason(this.result.unjudged, 'summaryOnly');
    else {
      this.result.judged++;
      this.#judge(context, { ...this.#momentOf('PreToolUse', ts, agent), call, tool, summary });
    }
  }

  #contextOf(event: HookEvent, acting: Partial<PastCall>, root: string, call?: ToolCall): CallContext {
    const { agent: agentId, agentType } = acting;
    const ofAgent = agentId === undefined ? {} : { agentId, agentType };
    // as the log has it, by which a call is known that the person has let run
    const seen = (): SeenCall => {
      const text = call && inputSummary(call);
      return { call: acting.id ?? '', tool: call?.tool ?? event, summary: text && summaryOf(text), agent: agentId };
    };
    const ofCall = call === undefined ? {} : { call, seen };
    return { event, role: CONDUCTOR, root, ...ofAgent, ...ofCall };
  }

  #judge(context: CallContext, moment: HeldMoment): void {
    const blocks = activeBlocks(this.#tried.judged(), context, moment.ts);
    this.#onJudged?.(context, moment, blocks.length > 0);
    if (blocks.length === 0) return;
    if (this.result.held.length >= MAX_HELD) {
      this.result.more++;
      return;
    }
    moment.reasons = [...new Set(blocks.map(({ text }) => text.replaceAll('\n', ' ')))];
    this.result.held.push(moment);
    this.#holds.add({ moment, context, blocks });
  }

  #settle(now: number): void {
    this.#lastTs = Math.max(this.#lastTs, now);
    this.#holds.settle(now);
  }

  #momentOf(event: HookEvent, ts: number, agent: string | undefined): HeldMoment {
    return { ts, events: this.state.events, event, agent, outcome: 'waiting', ms: 0, reasons: [] };
  }
}

/** A block that concerns whatever call of its tool, where its match needs the input of one. */
function withoutInput(block: Block): Block {
  const { match } = block;
  if (match?.path === undefined && match?.command === undefined) return block;
  const { path: _path, command: _command, ...rest } = match;
  return { ...block, match: rest };
}
