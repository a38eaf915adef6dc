import { nonce } from '#core/base/nonce.ts';

/** A generation begins with its time in this base, so that of two the later one is known. */
const BASE = 36;
const NONCE_CHARS = 8;

const shortNonce = (): string => nonce().slice(-NONCE_CHARS);
const orderOf = (generation: string): number => Number.parseInt(generation.split('-', 1)[0] ?? '', BASE) || 0;

/**
 * A new generation of a log: its bytes are no longer those that others may have. It is later than the one that was seen last,
 * whatever the clock shows.
 */
export const newGeneration = (now: number, after = ''): string =>
  `${Math.max(now, orderOf(after) + 1).toString(BASE)}-${shortNonce()}`;

/** Whether a generation of a log is later than another one. */
export function isLater(a: string, b: string): boolean {
  const [orderA, orderB] = [orderOf(a), orderOf(b)];
  return orderA === orderB ? a > b : orderA > orderB;
}

/**
 * A new generation of an outbox. It names the one of the log for which its lines are meant: what was published for an earlier
 * log is none of a later one.
 */
export const outboxGeneration = (ofLog: string): string => `${ofLog}_${shortNonce()}`;

/** Whether a generation is one of an outbox: those of other files name no log. */
export const isOutbox = (generation: string): boolean => generation.includes('_');

/** Whether an outbox is one for that generation of a log. */
export const isOutboxOf = (outbox: string, ofLog: string): boolean => outbox.startsWith(`${ofLog}_`);
