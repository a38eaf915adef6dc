import * as z from 'zod/mini';
import { HOOK_EVENTS } from './hookEvents.ts';
import { blockId, runId, sessionId, shortName, workerId } from './idSchemas.ts';

const text = z.string();
const opt = z.optional;
const ms = z.number().check(z.minimum(0), z.maximum(1e13));
const percent = z.number().check(z.minimum(0), z.maximum(100));
const count = z.int().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER));
export const hookEvent = z.enum(HOOK_EVENTS);
export const conditions = z.union([shortName, z.array(shortName).check(z.maxLength(64))]);

/** What a block or a piece of information applies to: tool names separated by `|` with `*`, globs for the rest. */
export const match = z.object({ tool: opt(text), path: opt(text), command: opt(text) });

/** A guard of a planned worker: a block that stands from the plan on. `until` defaults to the worker's own end. */
export const guard = z.object({
  event: opt(hookEvent),
  tool: opt(text),
  path: opt(text),
  command: opt(text),
  until: opt(conditions),
  reason: opt(text),
});

/** One worker of a plan, as the log knows it; plan.json holds the command. */
export const plannedWorker = z.object({
  worker: workerId,
  task: opt(text),
  after: opt(z.array(shortName)),
  guard: opt(z.array(guard)),
  critical: opt(z.boolean()),
  kind: opt(text),
  parent: opt(workerId),
});

const ballotShape = {
  ballot: shortName,
  question: opt(text),
  voters: opt(z.array(workerId)),
  quorum: opt(count),
  rule: opt(z.union([z.enum(['majority', 'unanimous']), z.number().check(z.minimum(0), z.maximum(1))])),
  options: opt(z.array(shortName)),
  deadlineMs: opt(ms),
};

/** A ballot that a plan opens among its workers. */
export const plannedBallot = z.object(ballotShape);

/** What any event may have. */
export const envelope = {
  /** ISO-free time: epoch milliseconds. Optional everywhere, since the order of the log is its position. */
  ts: opt(z.number()),
  /** A nonce by which a writer finds its own line again. */
  id: opt(z.string().check(z.maxLength(128))),
};

const event = <T extends string, S extends Record<string, z.core.$ZodType>>(t: T, shape: S) =>
  z.object({ t: z.literal(t), ...envelope, ...shape });

/** Every event by its type. The one definition from which types, validation and the reference page are made. */
export const eventSchemas = {
  open: event('open', { format: z.int(), nonce: text }),
  session: event('session', {
    session: sessionId,
    cwd: opt(text),
    source: opt(text),
    model: opt(text),
    transcript: opt(text),
    continues: opt(sessionId),
    pid: opt(z.int()),
  }),
  turn: event('turn', { state: z.enum(['working', 'idle', 'waiting']), reason: opt(text) }),
  end: event('end', { reason: opt(text) }),
  prompt: event('prompt', { text: opt(text) }),
  plan: event('plan', {
    run: runId,
    sha256: text,
    workers: z.array(plannedWorker),
    rule: opt(text),
    ballots: opt(z.array(plannedBallot)),
    ask: opt(z.boolean()),
  }),
  consent: event('consent', { run: runId, decision: z.enum(['start', 'refuse']), by: text, word: opt(text) }),
  spawn: event('spawn', {
    worker: workerId,
    task: opt(text),
    pid: opt(z.int().check(z.minimum(1))),
    startTime: opt(text),
    host: opt(text),
    command: opt(text),
    after: opt(z.array(shortName)),
    parent: opt(workerId),
    kind: opt(text),
    cwd: opt(text),
    attempt: opt(count),
    session: opt(sessionId),
  }),
  progress: event('progress', {
    worker: workerId,
    pct: opt(percent),
    done: opt(z.number()),
    total: opt(z.number()),
    etaMs: opt(ms),
    message: opt(text),
    phase: opt(text),
  }),
  checkpoint: event('checkpoint', { worker: workerId, name: shortName, data: opt(z.unknown()) }),
  done: event('done', { worker: opt(workerId), task: opt(text), result: opt(z.unknown()), out: opt(text) }),
  error: event('error', { worker: workerId, message: text, critical: opt(z.boolean()), data: opt(z.unknown()) }),
  exit: event('exit', {
    worker: workerId,
    code: opt(z.nullable(z.int())),
    signal: opt(z.nullable(text)),
    lost: opt(z.boolean()),
    reason: opt(text),
    stderr: opt(text),
    attempt: opt(count),
    retryMs: opt(ms),
  }),
  handoff: event('handoff', { worker: workerId, to: workerId, task: opt(text), data: opt(z.unknown()) }),
  ballot: event('ballot', ballotShape),
  vote: event('vote', { worker: workerId, decision: shortName, ballot: opt(shortName), reason: opt(text) }),
  decide: event('decide', { ballot: shortName, decision: shortName, by: text }),
  acquire: event('acquire', {
    worker: workerId,
    resource: shortName,
    mode: opt(z.enum(['exclusive', 'shared'])),
    ttlMs: opt(ms),
    wait: opt(z.boolean()),
  }),
  release: event('release', { worker: workerId, resource: shortName, token: opt(count), by: opt(text) }),
  expire: event('expire', { what: z.enum(['lock', 'ballot', 'block']), ref: text, seen: count }),
  hook: event('hook', {
    worker: workerId,
    event: hookEvent,
    exit: z.int(),
    stderr: opt(text),
    json: opt(z.unknown()),
    message: opt(text),
    match: opt(match),
    until: opt(conditions),
    ttlMs: opt(ms),
    key: opt(shortName),
    now: opt(z.boolean()),
  }),
  unblock: event('unblock', { block: text, by: text, word: opt(text) }),
  resolve: event('resolve', { block: blockId, by: text, word: text }),
  denied: event('denied', { block: blockId, tool: text, summary: opt(text), agent: opt(workerId) }),
  held: event('held', { block: blockId, tool: text, summary: opt(text), ms: opt(ms) }),
  delivered: event('delivered', { ref: count, hook: text }),
  ask: event('ask', {
    ask: shortName,
    tool: text,
    summary: text,
    worker: opt(workerId),
    answerable: opt(z.boolean()),
  }),
  answer: event('answer', { ask: shortName, decision: text, by: text, word: opt(text) }),
  usage: event('usage', {
    worker: opt(workerId),
    inputTokens: opt(count),
    outputTokens: opt(count),
    source: opt(text),
  }),
  tell: event('tell', { to: workerId, text, by: text, now: opt(z.boolean()) }),
  watch: event('watch', { worker: workerId, tool: opt(text), until: opt(conditions) }),
  tool: event('tool', { tool: text, summary: opt(text), agent: opt(text), ms: opt(ms) }),
  abort: event('abort', { worker: opt(workerId), session: opt(sessionId), by: text }),
  collision: event('collision', { worker: workerId, file: text, other: workerId, session: opt(sessionId) }),
  dismiss: event('dismiss', { ref: count, by: text }),
  log: event('log', {
    level: z.enum(['debug', 'info', 'warn', 'error', 'escalate']),
    message: text,
    worker: opt(workerId),
    about: opt(text),
  }),
} as const;

export type EventType = keyof typeof eventSchemas;
type Parsed = { [T in EventType]: z.output<(typeof eventSchemas)[T]> };
/** An event of one type, with the fields that the schema knows (unknown ones are kept but not named). */
export type EventOf<T extends EventType> = Parsed[T];
export type Event = Parsed[EventType];
export type Match = z.output<typeof match>;
export type Guard = z.output<typeof guard>;
export type PlannedBallot = z.output<typeof plannedBallot>;
export type PlannedWorker = z.output<typeof plannedWorker>;
