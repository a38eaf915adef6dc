import { STATE_VERSION, type SessionState } from '../../protocol/state.ts';
import { inWords } from './activity.ts';
import { KEPT } from './state.ts';

/** A state as JSON text: Maps as tagged pairs. */
export function encodeState(state: SessionState): string {
  const plain = { ...state, activity: state.activity.slice(-KEPT.activity).map(inWords) };
  return JSON.stringify(plain, (_key, value: unknown) => (value instanceof Map ? { '~map': [...value] } : value));
}

/** The inverse of `encodeState`; undefined if the text is not a state of this version. */
export function decodeState(text: string): SessionState | undefined {
  const state = JSON.parse(text, (_key, value: unknown) => {
    const pairs = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['~map'] : undefined;
    return Array.isArray(pairs) ? new Map(pairs as [unknown, unknown][]) : value;
  }) as SessionState;
  return state?.version === STATE_VERSION ? state : undefined;
}
