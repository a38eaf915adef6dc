import { armedEvents, type Armable } from '#core/session/armed.ts';
import { isClaimedBy } from '#core/session/claims.ts';
import { activeBlocks, pendingNotes, canHold, type CallContext } from '#core/policy/activeBlocks.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { AFTER_TOOL, type HookEvent } from '#protocol/hookEvents.ts';
import type { Block, Note, SessionState } from '#protocol/state.ts';
import { T0 } from '#test/unit/core/fold/world.ts';
import { armMissing, disarm, publish, type ActorContext } from './arming.ts';
import type { Log } from './log.ts';
import {
  append,
  become,
  flags,
  gate,
  isGone,
  list,
  lower,
  mark,
  read,
  until,
  type Program,
  type Steps,
} from './program.ts';

/** A deliberate fault of a hook, by which a test shows that the exploration finds it. */
export type Broken =
  | 'lists after reading'
  | 'looks for flags after reading'
  | 'prints without reading back'
  | 'confirms before it prints'
  | 'arms from an old state';

export interface HookOptions {
  gated: readonly Armable[];
  /** Whether it consumes flags: steps that a world without flags need not explore. */
  flagged?: boolean;
  /** Whether a blocked call waits in place first. */
  holds?: boolean;
  broken?: Broken | undefined;
}

/** One call of a tool, from the start of the gate to the answer: the steps of hooks/{dispatch,preToolUse,hold}.ts. */
export const hook =
  (name: string, event: HookEvent, options: HookOptions): Program =>
  () =>
    runHook({ name, gated: options.gated, nonces: 0 }, event, options);

function* runHook(me: ActorContext, event: HookEvent, options: HookOptions): Steps<void> {
  const { open, published } = yield* gate(event);
  yield* mark('began', published);
  if (!open) return yield* mark('decided', 'pass');
  const entries = new Map<Armable, readonly string[]>();
  if (options.broken !== 'lists after reading') for (const at of me.gated) entries.set(at, yield* list(at));
  const looksBefore = options.flagged === true && options.broken !== 'looks for flags after reading';
  const hadFlags = looksBefore && (yield* flags()).length > 0;
  let log = yield* read();
  if (options.flagged === true && ((yield* consumeFlags(me)) || hadFlags)) log = yield* read();
  const ctx: CallContext = { event, role: CONDUCTOR, root: '/project' };
  const asked: HookEvent[] = [event];
  if (event === 'PreToolUse') {
    const result = yield* hold(me, log, ctx, options);
    log = result.log;
    yield* mark('decided', result.blocks.length > 0 ? 'deny' : 'allow');
    yield* deny(result.blocks);
    if (result.blocks.length > 0) asked.splice(0, 1, 'PreToolUse', 'PostToolUse');
  }
  log = yield* deliver(me, log, ctx, asked, options);
  if (options.broken === 'lists after reading') for (const at of me.gated) entries.set(at, yield* list(at));
  const { state } = log;
  const { broken } = options;
  const required = [...armedEvents(state)];
  yield* become({ me, required, active: activeItems(state), entries: [...entries], broken }, close);
}

function* deny(blocks: Block[]): Steps<void> {
  for (const block of blocks) yield* append({ t: 'denied', block: block.id, tool: 'Read' });
}

/** Returns whether there was a flag. */
function* consumeFlags(me: ActorContext): Steps<boolean> {
  const raised = yield* flags();
  for (const flag of raised) {
    yield* publish(me, { t: 'unblock', block: flag.slice('release-'.length), by: 'user' });
    yield* lower(flag);
  }
  return raised.length > 0;
}

const ids = (blocks: Block[]): string => blocks.map((block) => block.id).join(' ');

function* hold(
  me: ActorContext,
  first: Log,
  ctx: CallContext,
  { holds = false, flagged = false }: HookOptions,
): Steps<{ log: Log; blocks: Block[] }> {
  const current = (log: Log): Block[] => activeBlocks(log.state, ctx, T0);
  let log = first;
  let blocks = current(log);
  if (!holds) return { log, blocks };
  const held: string[] = [];
  for (let inTime = true; inTime && blocks.length > 0 && blocks.every((b) => canHold(log.state, b));) {
    for (const block of blocks) {
      if (held.includes(block.id)) continue;
      held.push(block.id);
      yield* append({ t: 'held', block: block.id, tool: 'Read', id: me.name });
    }
    if (flagged) yield* consumeFlags(me);
    const before = ids(blocks);
    const result = yield* until((now) => ids(current(now)) !== before, false);
    inTime = !result.gaveUp;
    log = result.log;
    blocks = current(log);
  }
  for (const block of held) yield* append({ t: 'held', block, tool: 'Read', id: me.name, ms: 0 });
  return { log, blocks };
}

/** Claims, reads back, prints, confirms: the notes that no process has claimed, or one that is gone and has not printed. */
function* deliver(
  me: ActorContext,
  log: Log,
  ctx: CallContext,
  events: HookEvent[],
  { broken }: HookOptions,
): Steps<Log> {
  const pending = new Set(events.flatMap((event) => pendingNotes(log.state, { ...ctx, event })));
  const due: Note[] = [];
  for (const note of pending) if (note.claim === undefined || (yield* isGone(note.claim.hook))) due.push(note);
  if (due.length === 0) return log;
  for (const { pos, claim } of due) yield* append({ t: 'claim', ref: pos, hook: me.name, over: claim?.hook });
  const after = yield* read();
  const ours =
    broken === 'prints without reading back' ? due : due.filter((note) => isClaimedBy(after.state, note, me.name));
  if (broken !== 'confirms before it prints') for (const { pos } of ours) yield* mark('printed', pos);
  for (const { pos } of ours) yield* append({ t: 'delivered', ref: pos, hook: me.name });
  const confirmed = yield* read();
  if (broken === 'confirms before it prints') for (const { pos } of ours) yield* mark('printed', pos);
  return confirmed;
}

/** The active blocks and pending notes of a state, as `item at event`, the names that the invariants use. */
export function activeItems(state: SessionState): string[] {
  const blocks = [...state.blocks.values()].filter((block) => block.ended === undefined);
  const notes = [...state.notes.values()].filter((note) => note.deliveredBy === undefined);
  return [
    ...blocks.map(({ id, event }) => `${id} at ${event}`),
    ...notes.flatMap(({ pos, event }) =>
      (AFTER_TOOL.includes(event) ? AFTER_TOOL : [event]).map((at) => `note ${pos} at ${at}`),
    ),
  ];
}

interface CloseContext {
  me: ActorContext;
  /** The events to arm by the state that was last read. */
  required: Armable[];
  active: string[];
  entries: [Armable, readonly string[]][];
  broken?: Broken | undefined;
}

function* close({ me, required, active, entries, broken }: CloseContext): Steps<void> {
  const self = { ...me };
  let now = required;
  let known = active;
  const ended = entries.filter(([event, names]) => !required.includes(event) && names.length > 0);
  for (const [event, names] of ended) yield* disarm(event, names);
  if (ended.length > 0 && broken !== 'arms from an old state') {
    const { state } = yield* read();
    now = [...armedEvents(state)];
    known = activeItems(state);
  }
  yield* armMissing(self, now);
  yield* mark('closed', known);
}
