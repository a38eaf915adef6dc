import { setTimeout as delay } from 'node:timers/promises';
import { asRecord, isRecord } from '#core/base/json.ts';
import { keptSubjects, streamName } from '#core/machines/subjects.ts';

const DAY_NS = 24 * 3600 * 1e9;
/** The stream may discard what is old: seats and outboxes have all of it, and send it again. */
const BOUNDS = { max_age: 14 * DAY_NS, max_bytes: 1 << 30, max_msg_size: 512 * 1024 } as const;

/** Error codes of JetStream's API. */
const [NOT_FOUND, NAME_IN_USE] = [10_059, 10_058];

/**
 * Go's time without a value. A server that is making a stream for another machine already describes it, with this as its time
 * of creation (seen with 2.9.10: 9 of 600 streams that four machines made at once).
 */
const NO_TIME = '0001-01-01T00:00:00Z';
/** How often a stream that is being made is looked at before that counts as a fault of the server. */
const [MAX_LOOKS, LOOK_MS] = [100, 20];

/** A request to JetStream's API; it rejects where no answer comes. */
type Request = (call: string, body?: unknown) => Promise<unknown>;

/** A refusal of the server. */
class StreamError extends Error {
  readonly code: number;
  constructor(code: number, description: string) {
    super(description);
    this.code = code;
  }
}

/** By these a stream differs from another one of the same name, and from itself set back. */
export interface StreamFacts {
  created: string;
  lastSeq: number;
}

/**
 * The stream of a space. Makes it where the server answers that there is none, and never on a time-out, since it may be there.
 * Throws the server's refusal.
 * @param replicas of a new stream; a server that cannot have so many has one
 */
export async function openStream(request: Request, space: string, replicas: number): Promise<StreamFacts> {
  const name = streamName(space);
  const info = async (): Promise<StreamFacts> => factsOf(await request(`STREAM.INFO.${name}`));
  const create = async (copies: number): Promise<StreamFacts> => {
    const config = { ...BOUNDS, name, subjects: keptSubjects(space), num_replicas: copies };
    const kept = {
      retention: 'limits',
      storage: 'file',
      discard: 'old',
      allow_direct: true,
      max_consumers: -1,
      max_msgs: -1,
    };
    return factsOf(await request(`STREAM.CREATE.${name}`, { ...config, ...kept }));
  };
  let facts = await foundOrMade(info, create, replicas);
  for (let looks = 0; facts.created === NO_TIME; looks++) {
    if (looks === MAX_LOOKS) throw new Error('the server does not finish making the stream');
    await delay(LOOK_MS);
    facts = await info();
  }
  return facts;
}

async function foundOrMade(
  info: () => Promise<StreamFacts>,
  create: (copies: number) => Promise<StreamFacts>,
  replicas: number,
): Promise<StreamFacts> {
  try {
    return await info();
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw error;
  }
  try {
    return await create(replicas);
  } catch (error) {
    // another machine was faster
    if (codeOf(error) === NAME_IN_USE) return await info();
    if (replicas === 1 || codeOf(error) === undefined) throw error;
    return await create(1);
  }
}

const codeOf = (error: unknown): number | undefined => (error instanceof StreamError ? error.code : undefined);

function factsOf(reply: unknown): StreamFacts {
  const { error, created, state } = asRecord(reply);
  if (isRecord(error)) throw new StreamError(Number(error['err_code']), String(error['description']).slice(0, 200));
  const lastSeq = asRecord(state)['last_seq'];
  if (typeof created !== 'string' || typeof lastSeq !== 'number') throw new Error('the server describes no stream');
  return { created, lastSeq };
}
