import { USER } from '#protocol/ids.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { Line } from '#core/log/lineReader.ts';
import type { PastUsage } from '#core/claude/transcript/pastMoments.ts';
import { isRecord } from '#core/base/json.ts';
import { reduce } from '#core/fold/reduce.ts';
import { TRANSCRIPT } from '#core/fold/spent.ts';
import { emptyState } from '#core/fold/state.ts';
import { toEventWorker } from '#core/plans/plan.ts';
import { plannedWorkers, workerCount } from '#core/plans/plannedWorkers.ts';
import type { RuleMatch } from '#core/plans/rules/promptRules.ts';
import type { TriedPolicy } from './policy.ts';

/** Blocks and runs of what is tried are counted from here on, so that the recorded ones keep their names. */
const FIRST = 900_000_000;
/** The worker that has the locks that are tried. */
const HOLDER = 'tried';

/** Workers of a rule that were planned for a prompt but never ran. */
export interface TriedRun {
  match: RuleMatch;
  workers: string[];
}

/**
 * The state of a recorded session with the events of a policy beside its own: both are folded by the one fold. What is tried
 * changes what a recorded block is called only where a lock keeps a recorded one from being granted.
 */
export class TriedState {
  readonly state: SessionState = emptyState();
  readonly #policy: TriedPolicy;
  /** The blocks that are judged. */
  readonly blocks: Map<string, Block>;
  #blockCount = FIRST;
  #runCount = FIRST;
  #workerCount = 0;
  /** Events of a policy have positions of their own, below those of a log. */
  #pos = -1;
  #begun = false;

  constructor(policy: TriedPolicy) {
    this.#policy = policy;
    this.blocks = policy.recorded ? this.state.blocks : new Map<string, Block>();
  }

  /** Folds a line of the log. Where git is tried, what others have not committed is held, as that setting has it in the log. */
  fold(line: Line): void {
    const value = 'value' in line && isRecord(line.value) ? line.value : undefined;
    if (this.#policy.git !== true || value?.['t'] !== 'uncommitted') return void reduce(this.state, line);
    // the blocks of a log that has them already keep their names
    if (value['hold'] === true) {
      const { blockCount } = this.state;
      reduce(this.state, line);
      return this.#judgeSince(blockCount);
    }
    this.#reduceTried({ ...line, value: { ...value, hold: true } });
    this.state.events++;
  }

  /** Sets what stands from the beginning of a session, once. */
  begin(ts: number): void {
    if (this.#begun) return;
    this.#begun = true;
    // of a session without a log, its first moment
    this.state.session.startedTs ??= ts;
    const { blocks, locks } = this.#policy;
    for (const { event, text, match, until, ttlMs } of blocks)
      this.#add({ t: 'hook', ts, worker: USER, event, exit: 2, stderr: text, match, until, ttlMs });
    if (locks.length > 0) this.#add({ t: 'spawn', ts, worker: HOLDER, task: 'another worker' });
    for (const resource of locks) this.#add({ t: 'acquire', ts, worker: HOLDER, resource });
  }

  /** Plans the workers of a rule for a prompt: under names of their own, or for those that did run for it. */
  plan(match: RuleMatch, project: string, ts: number, recorded?: string[]): TriedRun {
    const ids = recorded ?? Array.from({ length: workerCount(match) }, () => `${HOLDER}-${++this.#workerCount}`);
    const context = { session: this.state.session.id ?? '', project, out: (id: string) => id };
    const workers = plannedWorkers(match, ids, context).map(toEventWorker);
    this.#add({ t: 'plan', ts, run: `R${++this.#runCount}`, sha256: '', workers });
    if (recorded === undefined) for (const worker of ids) this.#add({ t: 'spawn', ts, worker });
    return { match, workers: ids };
  }

  /** Ends the workers of a run that never ran, as done. */
  end({ workers }: TriedRun, ts: number): void {
    for (const worker of workers) this.#add({ t: 'exit', ts, worker, code: 0 });
    // a long session has thousands of prompts, and ended blocks are not judged
    if (!this.#policy.recorded)
      for (const [id, { ended }] of this.blocks) if (ended !== undefined) this.blocks.delete(id);
  }

  /** Folds what was spent up to a time, as a hook would have read it in the transcript. */
  spend({ ts, agent, agentType, input, output }: PastUsage): void {
    // of a session without a log no agent is known
    if (agent !== undefined && !this.state.workers.has(agent))
      this.#add({ t: 'spawn', ts, worker: agent, task: agentType });
    this.#add({ t: 'usage', ts, worker: agent, inputTokens: input, outputTokens: output, source: TRANSCRIPT });
  }

  /** The state with the blocks alone that are judged, for the functions of the policy. */
  judged(blocks: ReadonlyMap<string, Block> = this.blocks): SessionState {
    return { ...this.state, blocks: blocks as Map<string, Block> };
  }

  #add(event: NewEvent): void {
    // an event of the log has no fields without a value
    this.#reduceTried({ pos: this.#pos--, value: JSON.parse(JSON.stringify(event)) as unknown });
  }

  /** Folds a line that the log does not have like that: its blocks have names of their own, and it does not count. */
  #reduceTried(line: Line): void {
    const { state } = this;
    const { blockCount, events } = state;
    state.blockCount = this.#blockCount;
    reduce(state, line);
    this.#judgeSince(this.#blockCount);
    this.#blockCount = state.blockCount;
    Object.assign(state, { blockCount, events });
  }

  /** The blocks beyond a number are judged. */
  #judgeSince(blockCount: number): void {
    for (let i = blockCount + 1; i <= this.state.blockCount; i++) {
      const block = this.state.blocks.get(`B${i}`);
      if (block !== undefined) this.blocks.set(block.id, block);
    }
  }
}
