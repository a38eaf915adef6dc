import * as z from 'zod/mini';
import {
  ballotFields,
  blockId,
  conditions,
  count,
  hookEvent,
  match,
  mergeSide,
  ms,
  percent,
  plannedBallot,
  plannedWorker,
  runId,
  sessionId,
  shortName,
  stashEntry,
  uncommittedFile,
  usageLimit,
  workerId,
} from './parts.ts';

const text = z.string();
const opt = z.optional;

/** What the programs have to know of every type of event, beside its fields. */
export interface EventTraits {
  /**
   * Where a hook may have to answer once the event is in the log: before a tool call, after one, or both. `computed`:
   * src/core/session/armed.ts decides by the fields.
   */
  arms: 'none' | 'before' | 'after' | 'both' | 'computed';
  /**
   * The most that it changes: only its own worker; the session, but nothing ends; blocks may end; workers may end, and
   * with them all that they hold. The timeline and the replay update no more than this after it.
   */
  changes: 'worker' | 'session' | 'blocks' | 'workers';
  /** The list of activity leaves it out. */
  bookkeeping?: true;
  /** No hook ever answers it: the clients append it themselves, without a process of `fermata`. */
  plain?: true;
  /**
   * Optional fields that decide what the event does: with another value there the line is damaged. Any other optional field
   * of another type is dropped, and the event counts.
   */
  decisive?: readonly string[];
  /**
   * Whose event it is where it is of no worker's own: the person's word, or a fact that only a program of Fermata knows.
   * Claude and workers cannot publish it by `fermata`.
   */
  reservedFor?: 'person' | 'fermata';
  /** The verb of `fermata` by which a worker publishes it; both clients have a function of that name. */
  verb?: string;
}

/** What any event may have. */
export const envelope = {
  /** Epoch milliseconds. Optional everywhere: the order of the log is the position. */
  ts: opt(z.number()),
  /** A nonce by which a writer finds its own line again. */
  id: opt(z.string().check(z.maxLength(128))),
  /** The outbox of another machine that it is from, and where it ends there; the third is its time by the clock of that machine. */
  via: opt(z.string().check(z.maxLength(300))),
  off: opt(count),
  said: opt(z.number()),
};

type Fields = Record<string, z.core.$ZodType>;
const event = <F extends Fields, const T extends EventTraits>(fields: F, traits: T) => ({
  fields,
  ...traits,
});

/** Every event by its type: the one place from which types, validation, traits and the reference page are made. */
export const eventRows = {
  open: event(
    { format: z.int(), nonce: text },
    { arms: 'none', changes: 'session', bookkeeping: true, reservedFor: 'fermata' },
  ),
  session: event(
    {
      session: sessionId,
      cwd: opt(text),
      realCwd: opt(text),
      source: opt(text),
      model: opt(text),
      transcript: opt(text),
      continues: opt(sessionId),
      pid: opt(z.int()),
    },
    { arms: 'none', changes: 'session', reservedFor: 'fermata' },
  ),
  turn: event(
    { state: z.enum(['working', 'idle', 'waiting']), reason: opt(text), scheduled: opt(text) },
    { arms: 'computed', changes: 'blocks', reservedFor: 'fermata' },
  ),
  end: event({ reason: opt(text) }, { arms: 'none', changes: 'blocks', reservedFor: 'fermata' }),
  prompt: event(
    { text: opt(text), from: opt(text), turn: opt(text) },
    { arms: 'none', changes: 'session', reservedFor: 'fermata' },
  ),
  plan: event(
    {
      run: runId,
      sha256: text,
      workers: z.array(plannedWorker),
      rule: opt(text),
      ballots: opt(z.array(plannedBallot)),
      ask: opt(z.boolean()),
      proof: opt(text),
    },
    { arms: 'before', changes: 'workers', decisive: ['workers', 'ask', 'ballots'], reservedFor: 'fermata' },
  ),
  consent: event(
    { run: runId, decision: z.enum(['start', 'refuse']), by: text, word: opt(text) },
    { arms: 'both', changes: 'workers', reservedFor: 'person' },
  ),
  spawn: event(
    {
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
    },
    { arms: 'none', changes: 'blocks' },
  ),
  progress: event(
    {
      worker: workerId,
      pct: opt(percent),
      done: opt(z.number()),
      total: opt(z.number()),
      etaMs: opt(ms),
      message: opt(text),
      phase: opt(text),
    },
    { arms: 'none', changes: 'worker', plain: true, verb: 'progress' },
  ),
  checkpoint: event(
    { worker: workerId, name: shortName, data: opt(z.unknown()) },
    { arms: 'none', changes: 'blocks', verb: 'checkpoint' },
  ),
  done: event(
    { worker: opt(workerId), task: opt(text), result: opt(z.unknown()), out: opt(text) },
    { arms: 'both', changes: 'workers', verb: 'done', decisive: ['worker'] },
  ),
  error: event(
    { worker: workerId, message: text, critical: opt(z.boolean()), data: opt(z.unknown()) },
    { arms: 'none', changes: 'blocks', verb: 'fail' },
  ),
  exit: event(
    {
      worker: workerId,
      code: opt(z.nullable(z.int())),
      signal: opt(z.nullable(text)),
      lost: opt(z.boolean()),
      reason: opt(text),
      stderr: opt(text),
      attempt: opt(count),
      retryMs: opt(ms),
    },
    { arms: 'both', changes: 'workers', decisive: ['code', 'signal', 'lost', 'retryMs'] },
  ),
  handoff: event(
    { worker: workerId, to: workerId, task: opt(text), data: opt(z.unknown()) },
    { arms: 'after', changes: 'session', verb: 'handoff' },
  ),
  ballot: event(
    { ...ballotFields, by: opt(text) },
    {
      arms: 'after',
      changes: 'workers',
      verb: 'ballot',
      decisive: ['voters', 'quorum', 'rule', 'options'],
    },
  ),
  vote: event(
    { worker: workerId, decision: shortName, ballot: opt(shortName), reason: opt(text) },
    { arms: 'after', changes: 'workers', verb: 'vote', decisive: ['ballot'] },
  ),
  decide: event(
    { ballot: shortName, decision: shortName, by: text },
    { arms: 'after', changes: 'workers', reservedFor: 'person' },
  ),
  acquire: event(
    {
      worker: workerId,
      resource: shortName,
      mode: opt(z.enum(['exclusive', 'shared'])),
      ttlMs: opt(ms),
      wait: opt(z.boolean()),
      pid: opt(z.int().check(z.minimum(1))),
      startTime: opt(text),
      host: opt(text),
      ends: opt(z.boolean()),
    },
    { arms: 'computed', changes: 'blocks', verb: 'acquire' },
  ),
  release: event(
    { worker: workerId, resource: shortName, token: opt(count), by: opt(text) },
    { arms: 'both', changes: 'blocks', verb: 'release', decisive: ['token'] },
  ),
  expire: event(
    { what: z.enum(['lock', 'ballot', 'block']), ref: text, seen: count, host: opt(text) },
    { arms: 'both', changes: 'workers', reservedFor: 'fermata' },
  ),
  hook: event(
    {
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
    },
    { arms: 'computed', changes: 'blocks', verb: 'inform' },
  ),
  unblock: event(
    { block: text, by: text, word: opt(text), call: opt(text), budget: opt(text), agent: opt(workerId) },
    { arms: 'computed', changes: 'blocks', decisive: ['budget'] },
  ),
  deny: event({ call: text, by: text, word: opt(text) }, { arms: 'after', changes: 'session', reservedFor: 'person' }),
  passed: event(
    { block: blockId, call: text },
    { arms: 'none', changes: 'blocks', bookkeeping: true, reservedFor: 'fermata' },
  ),
  resolve: event({ block: blockId, by: text, word: text }, { arms: 'none', changes: 'blocks' }),
  denied: event(
    {
      block: blockId,
      tool: text,
      summary: opt(text),
      agent: opt(workerId),
      call: opt(text),
      digest: opt(text),
      doubt: opt(text),
      by: opt(text),
    },
    { arms: 'none', changes: 'session', reservedFor: 'fermata' },
  ),
  held: event(
    {
      block: blockId,
      tool: text,
      summary: opt(text),
      agent: opt(workerId),
      call: opt(text),
      limitMs: opt(ms),
      ms: opt(ms),
    },
    { arms: 'none', changes: 'session', reservedFor: 'fermata' },
  ),
  claim: event(
    {
      ref: count,
      hook: text,
      over: opt(text),
      pid: opt(z.int().check(z.minimum(1))),
      startTime: opt(text),
      host: opt(text),
    },
    { arms: 'none', changes: 'worker', bookkeeping: true, reservedFor: 'fermata' },
  ),
  delivered: event(
    { ref: count, hook: text, not: opt(z.boolean()) },
    { arms: 'none', changes: 'worker', bookkeeping: true, decisive: ['not'], reservedFor: 'fermata' },
  ),
  ran: event(
    {
      of: shortName,
      code: opt(z.int()),
      hidden: opt(text),
      worker: opt(workerId),
      ms: opt(ms),
      tree: opt(text),
      task: opt(workerId),
    },
    { arms: 'none', changes: 'blocks', decisive: ['code', 'hidden', 'ms', 'task'], reservedFor: 'fermata' },
  ),
  edited: event({ worker: opt(workerId), path: opt(text) }, { arms: 'none', changes: 'blocks', decisive: ['path'] }),
  tree: event(
    { of: shortName, tree: text },
    { arms: 'none', changes: 'blocks', bookkeeping: true, reservedFor: 'fermata' },
  ),
  ask: event(
    {
      ask: shortName,
      tool: text,
      summary: text,
      worker: opt(workerId),
      answerable: opt(z.boolean()),
    },
    { arms: 'after', changes: 'session', reservedFor: 'fermata' },
  ),
  answer: event(
    { ask: shortName, decision: text, by: text, word: opt(text) },
    { arms: 'none', changes: 'session', reservedFor: 'fermata' },
  ),
  usage: event(
    {
      worker: opt(workerId),
      inputTokens: opt(count),
      outputTokens: opt(count),
      contextTokens: opt(count),
      contextWindow: opt(count),
      costUsd: opt(z.number().check(z.minimum(0))),
      limits: opt(z.array(usageLimit)),
      source: opt(text),
    },
    { arms: 'none', changes: 'worker', bookkeeping: true, plain: true },
  ),
  tell: event(
    { to: workerId, text, by: text, now: opt(z.boolean()) },
    { arms: 'after', changes: 'worker', verb: 'tell' },
  ),
  watch: event(
    { worker: workerId, tool: opt(text), agent: opt(text), until: opt(conditions) },
    { arms: 'before', changes: 'worker', bookkeeping: true, verb: 'watch' },
  ),
  launch: event(
    { call: text, agent: opt(workerId), type: opt(text) },
    { arms: 'none', changes: 'session', bookkeeping: true, reservedFor: 'fermata' },
  ),
  tool: event(
    { tool: text, summary: opt(text), agent: opt(text), ms: opt(ms) },
    { arms: 'none', changes: 'worker', reservedFor: 'fermata' },
  ),
  abort: event(
    { worker: opt(workerId), session: opt(sessionId), by: text, word: opt(text) },
    { arms: 'computed', changes: 'workers', decisive: ['worker', 'session'] },
  ),
  collision: event(
    { worker: workerId, file: text, other: workerId, session: opt(sessionId) },
    { arms: 'none', changes: 'worker', reservedFor: 'fermata' },
  ),
  uncommitted: event(
    {
      worker: workerId,
      session: opt(sessionId),
      name: text,
      root: text,
      branch: opt(text),
      files: z.array(uncommittedFile),
      more: opt(count),
      stash: opt(z.array(stashEntry)),
      unseen: opt(text),
      config: opt(z.record(z.string(), text)),
      hold: opt(z.boolean()),
    },
    { arms: 'before', changes: 'blocks', bookkeeping: true, reservedFor: 'fermata' },
  ),
  mergeable: event(
    {
      a: mergeSide,
      b: mergeSide,
      answer: z.enum(['clean', 'conflict', 'unknown', 'over']),
      files: opt(z.array(text)),
      more: opt(count),
      why: opt(text),
    },
    { arms: 'none', changes: 'blocks', bookkeeping: true, reservedFor: 'fermata' },
  ),
  dismiss: event(
    { ref: count, by: text },
    { arms: 'none', changes: 'worker', bookkeeping: true, reservedFor: 'person' },
  ),
  log: event(
    {
      level: z.enum(['debug', 'info', 'warn', 'error', 'escalate']),
      message: text,
      worker: opt(workerId),
      about: opt(text),
    },
    { arms: 'none', changes: 'session', plain: true },
  ),
  taken: event({}, { arms: 'none', changes: 'worker', bookkeeping: true, reservedFor: 'fermata' }),
};

type Rows = typeof eventRows;
export type EventType = keyof Rows;
/** The types of which `arms` is computed from the fields. */
export type ComputedArms = { [T in EventType]: Rows[T]['arms'] extends 'computed' ? T : never }[EventType];
/** The fields that an event has besides those that every event may have. */
export type EventField<T extends EventType> = Extract<keyof Rows[T]['fields'], string>;

type Schema<T extends string, F extends Fields> = z.ZodMiniObject<{ t: z.ZodMiniLiteral<T> } & typeof envelope & F>;

/** The schema of a whole event, by its type. */
export const eventSchemas = Object.fromEntries(
  Object.entries(eventRows).map(([t, { fields }]) => [t, z.object({ t: z.literal(t), ...envelope, ...fields })]),
) as unknown as { [T in EventType]: Rows[T] extends { fields: infer F extends Fields } ? Schema<T, F> : never };

type Parsed = { [T in EventType]: z.output<(typeof eventSchemas)[T]> };
/** An event of one type, with the fields that the schema knows (unknown ones are kept but not named). */
export type EventOf<T extends EventType> = Parsed[T];
export type Event = Parsed[EventType];
