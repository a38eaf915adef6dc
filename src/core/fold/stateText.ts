import { STATE_VERSION, type SessionState } from '../../protocol/state.ts';
import { inWords } from './activity.ts';
import { KEPT } from './state.ts';

const MAP = '~map';
const OBJECT = '~object';

/** A value of somebody else's that looks like one of our tags is tagged itself, else it would come back as something else. */
function tagged(value: unknown): unknown {
  if (value instanceof Map) return { [MAP]: [...value] };
  if (typeof value !== 'object' || value === null || !(Object.hasOwn(value, MAP) || Object.hasOwn(value, OBJECT)))
    return value;
  return { [OBJECT]: Object.entries(value) };
}

function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { [MAP]: map, [OBJECT]: object } = value as Record<string, unknown>;
  if (Array.isArray(map)) return new Map(map as [unknown, unknown][]);
  return Array.isArray(object) ? Object.fromEntries(object as [string, unknown][]) : value;
}

/** A state as JSON text: Maps as tagged pairs. */
export function encodeState(state: SessionState): string {
  const plain = { ...state, activity: state.activity.slice(-KEPT.activity).map(inWords) };
  return JSON.stringify(plain, (_key, value: unknown) => tagged(value));
}

/** The inverse of `encodeState`; undefined if the text is not a state of this version. */
export function decodeState(text: string): SessionState | undefined {
  const state = JSON.parse(text, (_key, value: unknown) => untagged(value)) as SessionState;
  return state?.version === STATE_VERSION ? state : undefined;
}
