import { writeSum } from '#protocol/budgetSum.ts';
import type { Block, PendingCondition, SessionState } from '#protocol/state.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { awaitedNames, hasEnded, parseCondition } from '#core/fold/conditions.ts';
import { limitOf } from '#core/fold/limitConditions.ts';
import { whyImpossible } from '#core/fold/impossible.ts';
import { runName } from '#core/fold/runs.ts';
import { withTask } from '#core/fold/state.ts';
import { stuckReason } from '#core/fold/stuck.ts';
import { describeEndCondition } from './describe.ts';
import { isMadeId } from './names.ts';
import { problemText } from './problemText.ts';
import type { Wording } from './wording.ts';

/** What ends a block without the person; undefined if nothing but its time does, as where it is stuck. */
export function endConditionText(state: SessionState, block: Block, wording: Wording): string | undefined {
  if (describeEndCondition(state, block) === undefined) return undefined;
  const pending = conditionsText(block.until, wording);
  if (pending !== '') return pending;
  const { givesBack, clears, settled } = wording.texts.condition;
  if (block.cause.kind === 'git') return settled;
  return (block.cause.kind === 'lock' ? givesBack : clears)(wording.names.worker(block.worker));
}

/** The conditions not met yet, those of one kind together: `W1, W2 and W3 are done and db is free`. */
function conditionsText(conditions: readonly PendingCondition[], wording: Wording): string {
  const kinds = new Map<string, string[]>();
  const single: string[] = [];
  for (const condition of conditions.filter(({ met }) => !met)) {
    const { kind } = parseCondition(condition.text);
    if (kind === 'done' || kind === 'ok') kinds.set(kind, [...(kinds.get(kind) ?? []), ...awaitedNames(condition)]);
    else single.push(conditionText(condition, wording));
  }
  const { done, allDone, ok, allOk } = wording.texts.condition;
  const ends = [...kinds].map(([kind, ids]) => {
    const names = [...new Set(ids)].map(wording.names.worker);
    const [one, several] = kind === 'ok' ? [ok, allOk] : [done, allDone];
    if (names.length > 1) return several(listText(names, wording.texts));
    return one(names[0] ?? wording.texts.nobody);
  });
  return listText([...ends, ...single], wording.texts);
}

/** A condition about something else than the end of workers. */
export function conditionText({ text }: PendingCondition, { texts }: Pick<Wording, 'texts'>): string {
  const limit = limitOf(text);
  if (limit?.kind === 'budget') return texts.limit.budget(writeSum(limit.sum));
  if (limit?.kind === 'reset') return texts.limit[limit.window];
  if (limit !== undefined) return texts.limit[limit.kind](limit.most);
  const { kind, name } = parseCondition(text);
  const { checkpoint, free, decided, agreed, clear, proven, mergeable } = texts.condition;
  if (kind === 'mergeable') return mergeable(listText(name.split('+'), texts));
  const known: Record<string, (name: string) => string> = { checkpoint, free, decided, agreed, clear, proven };
  return Object.hasOwn(known, kind) ? (known[kind]?.(name) ?? text) : text;
}

/** `a, b and c` */
export function listText(items: readonly string[], { and }: Pick<ViewTexts, 'and'>): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : and(items.slice(0, -1).join(', '), last);
}

/** Why a block cannot end by itself any more; undefined for one that can. */
export function stuckText(state: SessionState, block: Block, wording: Wording): string | undefined {
  const reason = stuckReason(state, block);
  if (reason === undefined) return undefined;
  const condition = block.until.find((each) => whyImpossible(state, each, 'block') !== undefined);
  if (condition === undefined)
    return block.until.length > 0 ? reason.why : (failureText(state, [block.worker], wording) ?? reason.why);
  const { kind, name } = parseCondition(condition.text);
  if (kind === 'ok') return failureText(state, awaitedNames(condition), wording) ?? reason.why;
  const decided = kind === 'decided' || kind === 'agreed' ? state.ballots.get(name)?.decided : undefined;
  if (decided !== undefined) return wording.texts.stuck.decided(name, decided.decision, decided.why);
  if (kind !== 'checkpoint') return reason.why;
  const { expected = [], arrived } = state.checkpoints.get(name) ?? {};
  const missing = expected.find((id) => arrived?.has(id) !== true && hasEnded(state.workers.get(id)));
  return missing === undefined ? reason.why : wording.texts.stuck.missed(fullName(state, missing, wording), name);
}

/** How the first of these workers ended that did not end well. */
function failureText(state: SessionState, ids: readonly string[], wording: Wording): string | undefined {
  const worker = ids.map((id) => state.workers.get(id)).find((each) => hasEnded(each) && each?.state !== 'done');
  if (worker === undefined) return undefined;
  const { id, problem, abort } = worker;
  const { stuck: texts, detail } = wording.texts;
  if (worker.state === 'aborted' && abort !== undefined)
    return texts.abortedBy(fullName(state, id, wording), wording.names.worker(abort.by));
  const how = worker.state === 'aborted' ? texts.aborted : worker.state === 'lost' ? texts.lost : texts.failed;
  const ended = how(fullName(state, id, wording));
  return problem === undefined ? ended : detail(ended, problemText(problem, wording));
}

/** A worker with its short id, by which texts of others may name it. */
function fullName({ workers }: SessionState, id: string, { names }: Wording): string {
  return isMadeId(id) ? names.worker(id) : withTask(id, workers.get(id)?.task);
}

/** The calls that a block concerns: `Read of data1.csv`, `every tool call by any agent`. */
export function scopeText(state: SessionState, block: Pick<Block, 'event' | 'match'>, wording: Wording): string {
  const { scope: texts } = wording.texts;
  const what = actionText(block, texts);
  const { agent, run } = block.match ?? {};
  if (run !== undefined) return texts.by(what, runName(state, run));
  if (agent === undefined) return what;
  const agents = agent.split('|').map((name) => (name === '*' ? texts.anyAgent : wording.names.worker(name)));
  return texts.by(what, agents.join(', '));
}

function actionText({ event, match }: Pick<Block, 'event' | 'match'>, texts: ViewTexts['scope']): string {
  if (event === 'Stop') return texts.turn;
  if (event === 'SubagentStop') return texts.agentTurn;
  const { tool, path, command, git } = match ?? {};
  if (git !== undefined) return texts.sweeps;
  const ofAny = path === undefined && command === undefined ? texts.everyCall : texts.calls;
  const calls = tool === undefined || tool === '*' ? ofAny : tool.split('|').join(', ');
  const ofCommand = command === undefined ? calls : texts.of(calls, texts.code(command));
  return path === undefined ? ofCommand : texts.of(ofCommand, path);
}
