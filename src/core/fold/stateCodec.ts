import { STATE_VERSION, type Activity, type SessionState, type Worker } from '#protocol/state.ts';
import { LIMITS } from './state.ts';
import { ellipsize } from '#core/base/text.ts';

/** Longest text in an event of the activity list, in characters. */
const MAX_TEXT_CHARS = 400;

/** The fields of a state that are Maps, which JSON keeps as lists of their entries. */
const MAPS = [
  'machines',
  'damaged',
  'unknownTypes',
  'stopRefusals',
  'runs',
  'workers',
  'blocks',
  'notes',
  'locks',
  'ballots',
  'checkpoints',
  'proofs',
  'asks',
  'watches',
  'collisions',
  'uncommitted',
  'merges',
] as const satisfies (keyof SessionState)[];

/** A Map with each value changed. */
const mapValues = <K, V, W>(map: Map<K, V>, change: (value: V) => W): [K, W][] =>
  Array.from(map, ([key, value]) => [key, change(value)]);

/** Cuts long texts: no view shows more of them, and there are many events. */
const encodeActivity = (activity: Activity[]): string =>
  JSON.stringify(activity, (_key, value: unknown) =>
    typeof value === 'string' ? ellipsize(value, MAX_TEXT_CHARS) : value,
  );

/** A state as two lines of JSON: all but the activity list, and that list. */
export function encodeState(state: SessionState): string {
  const { activity, ...rest } = state;
  const plain: Record<string, unknown> = rest;
  for (const name of MAPS) plain[name] = [...state[name]];
  // few blocks have refused the end of a turn
  plain['blocks'] = mapValues(state.blocks, (block) =>
    block.stopCounts === undefined ? block : { ...block, stopCounts: [...block.stopCounts] },
  );
  plain['ballots'] = mapValues(state.ballots, (ballot) => ({ ...ballot, votes: [...ballot.votes] }));
  plain['checkpoints'] = mapValues(state.checkpoints, (each) => ({ ...each, arrived: [...each.arrived] }));
  return `${JSON.stringify(plain)}\n${encodeActivity(activity.slice(-LIMITS.activity))}`;
}

type Encoded<T, K extends keyof T> = Omit<T, K> & {
  [Name in K]: T[Name] extends Map<infer A, infer B> ? [A, B][] : never;
};

/** The inverse of `encodeState`; undefined for a state of another version. Throws on a text that it did not make. */
export function decodeState(text: string): SessionState | undefined {
  const [rest = '', activity = ''] = text.split('\n');
  const state = decodeWithoutActivity(rest);
  if (state !== undefined) state.activity = decodeActivity(activity);
  return state;
}

/** The state in the first line of `encodeState`, with no activity; undefined for one of another version. May throw. */
export function decodeWithoutActivity(line: string): SessionState | undefined {
  const plain = JSON.parse(line) as Encoded<SessionState, (typeof MAPS)[number]>;
  if (plain?.version !== STATE_VERSION && !isWithoutNewer(plain)) return undefined;
  plain.version = STATE_VERSION;
  const state = { ...plain, activity: [] } as unknown as SessionState;
  for (const name of MAPS) Object.assign(state, { [name]: new Map<unknown, unknown>(plain[name]) });
  for (const block of state.blocks.values())
    if (block.stopCounts !== undefined) block.stopCounts = new Map(block.stopCounts);
  for (const ballot of state.ballots.values()) ballot.votes = new Map(ballot.votes);
  for (const each of state.checkpoints.values()) each.arrived = new Map(each.arrived);
  return state;
}

interface OldState {
  version: number;
  unknownTypes: [string, number][];
  conductor: Pick<SessionState['conductor'], 'usage'>;
  workers: [string, Pick<Worker, 'tokens'>][];
}

/** Older versions did not keep since when a figure counts. */
const hasUsage = ({ conductor, workers }: OldState): boolean =>
  conductor.usage !== undefined || workers.some(([, { tokens }]) => tokens !== undefined);

/**
 * Versions that are the same without proofs, and without what is not committed, calls that start agents, and merges: a log of their
 * time has none, unless a newer Fermata wrote lines.
 */
function isWithoutNewer(plain: OldState | null): boolean {
  if (plain === null || hasUsage(plain)) return false;
  const newer = NEWER[plain.version];
  return newer !== undefined && !plain.unknownTypes.some(([t]) => newer.includes(t));
}

/** What a version does not fold and this one does, by its number. */
const SINCE_25 = ['mergeable', 'other'];
const SINCE_24 = ['launch', ...SINCE_25];
const SINCE_22 = ['ran', 'edited', 'tree', 'uncommitted', ...SINCE_24];
const NEWER: Readonly<Record<number, readonly string[]>> = {
  22: SINCE_22,
  23: SINCE_22,
  24: SINCE_24,
  25: SINCE_25,
  26: ['other'],
  // entries of the stash, which the git watch publishes again where they are not known
  27: [],
  // samples of what is spent, which a state without figures has none of
  28: [],
};

/** The activity in the second line of `encodeState`. May throw. */
export const decodeActivity = (line: string): Activity[] => JSON.parse(line) as Activity[];
