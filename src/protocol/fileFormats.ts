import * as z from 'zod/mini';
import { count, guard, machineName, plannedBallot, runId, sessionId, shortName, workerId } from './parts.ts';

/** A process: its pid alone may be another one's by now. */
const processFields = {
  pid: z.optional(z.int()),
  startTime: z.optional(z.string()),
  host: z.optional(z.string()),
};

/** session.json: the project of a session and the process of its Claude. The hook writes it. */
export const sessionInfo = z.object({
  session: sessionId,
  project: z.string(),
  ...processFields,
  /** Other processes that have resumed the same session, in other terminals. */
  alsoIn: z.optional(z.array(z.object(processFields))),
  started: z.number(),
  /** The nonce of the log that flags and armed entries belong to. */
  nonce: z.optional(z.string()),
});

export type SessionInfo = z.output<typeof sessionInfo>;
/** The recorded process of a session's Claude. */
export type ClaudeOf = Pick<SessionInfo, 'pid' | 'startTime' | 'host'>;

/**
 * seat.json: on which machine the log of a shared session is. The bridge adds the generations: bytes of a log or of an outbox
 * are the same for all who have them as long as its generation is.
 */
export const seatInfo = z.object({
  space: machineName,
  /** The machine whose log is the truth. */
  seat: machineName,
  /** The machine that this folder is on. */
  machine: machineName,
  /** The generation of the log at the seat, elsewhere of the outbox. */
  gen: z.optional(machineName),
  /** At the seat: the nonce of the log that has this generation. */
  nonce: z.optional(z.string()),
  /** Elsewhere: where in the file the outbox of this generation begins, in bytes. */
  base: z.optional(count),
  /** Elsewhere: the generation of the log that the copy is of. */
  of: z.optional(machineName),
  /** Elsewhere: by which version the seat decides about locks, votes and checkpoints (DECIDES). */
  decides: z.optional(count),
  /** Elsewhere: the copy is of an earlier generation still, and is about to be replaced. */
  replaces: z.optional(z.boolean()),
});

export type SeatInfo = z.output<typeof seatInfo>;

/** workers/W3/run/runner.json: which process runs the worker. */
export const runnerInfo = z.object({ pid: z.int(), startTime: z.optional(z.string()), host: z.string() });

export type RunnerInfo = z.output<typeof runnerInfo>;

const heardSession = z.object({
  session: sessionId,
  project: z.optional(z.string()),
  /** As its person calls it. */
  name: z.optional(z.string()),
});

/** What a bridge publishes of its machine, each 15 s. */
export const machineHere = z.object({
  /** Of its bridge: by another one a machine hears that its name is not its own alone. */
  bridge: z.optional(z.string()),
  version: z.optional(z.string()),
  /** The time there, epoch ms. */
  now: z.number(),
  /** The sessions whose seat it is. */
  sessions: z.array(heardSession),
});

export type MachineHere = z.output<typeof machineHere>;

/** bridge.json: what the bridge knows, for panel, command line and doctor. */
export const bridgeStatus = z.object({
  pid: z.int(),
  name: z.string(),
  space: z.string(),
  server: z.string(),
  serverVersion: z.optional(z.string()),
  connected: z.boolean(),
  /** Since when it is connected, or is not. */
  sinceTs: z.number(),
  /** Why it is not connected, or the stream cannot be used: a sentence. */
  problem: z.optional(z.string()),
  sessions: z.array(
    z.object({
      session: sessionId,
      seat: z.string(),
      /** Bytes that the server has not confirmed, or on a copy the seat has not taken. */
      behind: z.number(),
      /** The same in lines, up to a bound. */
      lines: z.optional(count),
      problem: z.optional(z.string()),
    }),
  ),
  machines: z.array(
    z.object({
      name: z.string(),
      heardTs: z.number(),
      version: z.optional(z.string()),
      /** How far its clock is ahead of this one. */
      clockMs: z.number(),
      sessions: z.array(heardSession),
    }),
  ),
});

export type BridgeStatus = z.output<typeof bridgeStatus>;

/** approved.json: the hashes of the rules texts that a person approved, by the project's real path. */
export const approvals = z.object({ version: z.literal(1), projects: z.record(z.string(), z.array(z.string())) });

export type Approvals = z.output<typeof approvals>;

const planWorker = z.object({
  worker: workerId,
  name: z.optional(z.string()),
  task: z.optional(z.string()),
  run: z.optional(z.array(z.string()).check(z.minLength(1))),
  shell: z.optional(z.string()),
  claude: z.optional(
    z.object({
      prompt: z.string(),
      allowedTools: z.array(z.string()),
      permissionMode: z.string(),
      model: z.optional(z.string()),
      maxTurns: z.optional(z.int()),
    }),
  ),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
  after: z.array(z.string()),
  guard: z.array(guard),
  critical: z.boolean(),
  resources: z.optional(z.array(z.object({ name: shortName, mode: z.enum(['exclusive', 'shared']) }))),
  timeoutMs: z.optional(z.number()),
  retries: z.optional(z.int()),
  /** The worker that started it; a prompt has none. */
  parent: z.optional(workerId),
  /** The other machine on which it runs. */
  machine: z.optional(machineName),
});

/** plan.json: the immutable contract of one prompt's workers. */
export const plan = z.object({
  version: z.literal(1),
  run: z.string(),
  session: z.string(),
  project: z.string(),
  rules: z.array(z.string()),
  planned: z.number(),
  workers: z.array(planWorker),
  ballots: z.optional(z.array(plannedBallot)),
});

export type Plan = z.output<typeof plan>;

/** runs/R1/handed.json on the machine to which a plan was handed over: this home's proof, and where its workers run. */
export const handedPlan = z.object({
  proof: z.string(),
  cwd: z.string(),
  /** How much of its workers' results the seat takes; by default what is set here. */
  bringMegabytes: z.optional(count),
});

export type HandedPlan = z.output<typeof handedPlan>;

/** What `fermata worker` reads from standard input: one worker of a plan, and the way back to its session. */
export const handover = z.object({
  version: z.literal(1),
  session: sessionId,
  /** The machine that has the session, and this one as it is called there. */
  seat: machineName,
  machine: machineName,
  space: machineName,
  run: runId,
  worker: workerId,
  /** plan.json as it is at the seat. */
  plan: z.string(),
  /** Where the worker runs; by default the person's home. */
  cwd: z.optional(z.string()),
  /** The server, the certificates of its authorities, and this machine's credentials: by default what is set there. */
  url: z.optional(z.string()),
  ca: z.optional(z.string()),
  credentials: z.optional(z.string()),
  /** How much of the worker's results the seat takes. */
  bringMegabytes: z.optional(count),
});

export type Handover = z.output<typeof handover>;

const stream = z.enum(['stdout', 'stderr']);
/** Bytes as they stand in a line of JSON. */
const base64 = z.string();

/** results.jsonl: what a worker has left when it ended, in pieces. The first line names the generation of the file. */
export const resultLine = z.union([
  z.object({ gen: machineName }),
  z.object({
    worker: workerId,
    /** Of one end of the worker: what it left at an earlier one is replaced. */
    id: machineName,
    /** The files are counted from 0. */
    file: count,
    /** A path in its folder of results, with slashes, */
    name: z.optional(z.string()),
    /** or one of its streams: the end of it, from byte `start` of the file on. */
    stream: z.optional(stream),
    start: z.optional(count),
    /** The generation of the stream's file, see `outputRequest`. */
    of: z.optional(machineName),
    /** Where the piece begins in what is brought, and how long all of that is. */
    pos: count,
    size: count,
    data: base64,
    /** Of all of it, in its last piece: hexadecimal. */
    sha256: z.optional(z.string()),
  }),
  z.object({
    worker: workerId,
    id: machineName,
    ends: z.literal(true),
    /** What was left out, as a sentence, since it is more than is taken or no file. */
    left: z.optional(z.string()),
  }),
]);

export type ResultLine = z.output<typeof resultLine>;

/** results.json: how far the stream and the seat have results.jsonl. */
export const resultsInfo = z.object({ gen: machineName, stored: count, taken: count });

export type ResultsInfo = z.output<typeof resultsInfo>;

/** arrived/gpu1.json at the seat: how far the results of a machine are taken. */
export const arrivedInfo = z.object({
  gen: machineName,
  end: count,
  /** All bytes that were taken of it. */
  bytes: count,
  /** Of each worker what is taken: files up to one, of that one so many bytes, of all of them so many. */
  workers: z.record(z.string(), z.object({ id: machineName, file: count, to: count, bytes: count })),
});

export type ArrivedInfo = z.output<typeof arrivedInfo>;

/** What the seat wants to have of a worker's output, while a person looks at it. */
export const outputRequest = z.object({
  worker: workerId,
  stream,
  pos: count,
  /** What it has before `pos`: the generation of the file, which a fold of the log changes, and the hash of its last bytes. */
  gen: z.optional(machineName),
  sha256: z.optional(z.string()),
});

export type OutputRequest = z.output<typeof outputRequest>;

/** The answer: from `pos`, or from the beginning where the file is another one by now. */
export const outputPiece = z.object({
  worker: workerId,
  stream,
  /** The position that was requested. */
  asked: count,
  gen: machineName,
  pos: count,
  /** Of the whole file. */
  size: count,
  data: base64,
});

export type OutputPiece = z.output<typeof outputPiece>;
export type OutputStream = OutputPiece['stream'];

const fetchedStream = z.object({
  gen: machineName,
  size: count,
  /** When its machine answered last, epoch ms. */
  ts: z.number(),
  /** It is not whole yet, and lies beside the file. */
  part: z.optional(z.boolean()),
  /** The worker has ended, and all of it is here. */
  final: z.optional(z.boolean()),
});

/** workers/W3/fetched.json: what the seat has of the output of a worker on another machine. */
export const fetchedOutput = z.object({ stdout: z.optional(fetchedStream), stderr: z.optional(fetchedStream) });

export type FetchedOutput = z.output<typeof fetchedOutput>;

/** installs/<hash>.json: all that an installation needs to undo its changes to one settings file. */
export const installRecord = z.object({
  /** The settings file, links followed. */
  file: z.string(),
  /** Its text before the installation; null: there was no file. */
  original: z.nullable(z.string()),
  /** sha256 of the text that was written: as long as the file has it, the original can be restored byte by byte. */
  written: z.string(),
  madeFolder: z.boolean(),
  /** The Fermata home that the entries call, and the machine of the installation (`hostIdentity`): a home that is elsewhere now is known by them. */
  home: z.optional(z.string()),
  host: z.optional(z.string()),
  /** The status line was put through Fermata, as the person wanted. */
  statusLine: z.optional(z.boolean()),
  footprint: z.object({
    blank: z.optional(z.string()),
    containers: z.array(z.object({ path: z.array(z.string()), inside: z.nullable(z.string()) })),
    rules: z.array(z.object({ list: z.enum(['allow', 'deny']), rule: z.string() })),
  }),
});

export type InstallRecord = z.output<typeof installRecord>;

/**
 * How a session ended. `interrupted`: its Claude was gone before the log had an end, or it left running workers behind;
 * `failed`: one of its workers failed or was lost.
 */
const outcome = z.enum(['ended', 'aborted', 'failed', 'interrupted']);

export type SessionOutcome = z.output<typeof outcome>;

/** A session that is over, as one entry of a list. Times are epoch ms. */
const pastSession = z.object({
  id: sessionId,
  title: z.string(),
  startedTs: z.number(),
  endedTs: z.number(),
  outcome,
  workers: z.int(),
  failed: z.int(),
  events: z.int(),
  /** Where its transcript was, by which it is named, and its first prompt where prompts are recorded. */
  transcript: z.optional(z.string()),
  prompt: z.optional(z.string()),
  tokens: z.optional(z.object({ input: z.number(), output: z.number() })),
});

export type PastSession = z.output<typeof pastSession>;

/** cache/history.json: sessions that are over, by folder, each with the size and the time of the log it was made from. */
export const historyCache = z.object({
  version: z.literal(2),
  sessions: z.record(z.string(), z.object({ size: z.int(), mtimeMs: z.number(), past: pastSession })),
});

export type HistoryCache = z.output<typeof historyCache>;
