import { STATE_VERSION, type Activity, type SessionState } from '#protocol/state.ts';
import { LIMITS } from './state.ts';
import { ellipsize } from '#core/base/text.ts';

/** Of a text in an event that is kept as something that happened, in characters. */
const MAX_TEXT_CHARS = 400;

const MAP = '~map';
const OBJECT = '~object';

/** A value of somebody else's that looks like one of our tags is tagged itself, else it would come back as something else. */
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

/** Texts as long as anybody will see of them: an event may be long, and there are many. */
const encodeActivity = (activity: Activity[]): string =>
  JSON.stringify(activity, (_key, value: unknown) =>
    typeof value === 'string' ? ellipsize(value, MAX_TEXT_CHARS) : value,
  );

/** A state as two lines of JSON: Maps as tagged pairs; what happened on its own line, for which nothing has to be untagged. */
export function encodeState(state: SessionState): string {
  const { activity, ...rest } = state;
  const text = JSON.stringify(rest, (_key, value: unknown) => tag(value));
  return `${text}\n${encodeActivity(activity.slice(-LIMITS.activity))}`;
}

/** The inverse of `encodeState`; undefined if the text is not a state of this version. */
export function decodeState(text: string): SessionState | undefined {
  const [rest = '', activity = ''] = text.split('\n');
  const state = JSON.parse(rest, (_key, value: unknown) => untag(value)) as SessionState;
  return state?.version === STATE_VERSION ? { ...state, activity: JSON.parse(activity) as Activity[] } : undefined;
}
