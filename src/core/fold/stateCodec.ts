import { STATE_VERSION, type Activity, type SessionState } from '#protocol/state.ts';
import { LIMITS } from './state.ts';
import { ellipsize } from '#core/base/text.ts';

/** Longest text in an event of the activity list, in characters. */
const MAX_TEXT_CHARS = 400;

const MAP = '~map';
const OBJECT = '~object';

/** Tags a Map. An object of the log with the key of a tag is tagged as well, else it would be decoded as a Map. */
function tag(value: unknown): unknown {
  if (value instanceof Map) return { [MAP]: [...value] };
  if (typeof value !== 'object' || value === null || !(Object.hasOwn(value, MAP) || Object.hasOwn(value, OBJECT)))
    return value;
  return { [OBJECT]: Object.entries(value) };
}

function untag(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { [MAP]: map, [OBJECT]: object } = value as Record<string, unknown>;
  if (Array.isArray(map)) return new Map(map as [unknown, unknown][]);
  return Array.isArray(object) ? Object.fromEntries(object as [string, unknown][]) : value;
}

/** Cuts long texts: no view shows more of them, and there are many events. */
const encodeActivity = (activity: Activity[]): string =>
  JSON.stringify(activity, (_key, value: unknown) =>
    typeof value === 'string' ? ellipsize(value, MAX_TEXT_CHARS) : value,
  );

/** A state as two lines of JSON: the state with tagged Maps, and the activity list, which needs no untagging. */
export function encodeState(state: SessionState): string {
  const { activity, ...rest } = state;
  const text = JSON.stringify(rest, (_key, value: unknown) => tag(value));
  return `${text}\n${encodeActivity(activity.slice(-LIMITS.activity))}`;
}

/** The inverse of `encodeState`; undefined for a state of another version. Throws on a text that is not JSON. */
export function decodeState(text: string): SessionState | undefined {
  const [rest = '', activity = ''] = text.split('\n');
  const state = JSON.parse(rest, (_key, value: unknown) => untag(value)) as SessionState;
  return state?.version === STATE_VERSION ? { ...state, activity: JSON.parse(activity) as Activity[] } : undefined;
}
