import { Component, h, type ComponentChild, type FunctionComponent } from 'preact';
import { useState } from 'preact/hooks';

/** Draws a component again only when a property is another value or object; `shareStructure` keeps the objects. */
export function memo<P extends object>(inner: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return hasChanges(this.props, next as Record<string, unknown>);
    }
    override render(): ComponentChild {
      return h(inner, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}

/** Written for speed: it runs for every row of every snapshot. */
function hasChanges(before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  for (const key in after) if (!Object.is(before[key], after[key])) return true;
  for (const key in before) if (!(key in after)) return true;
  return false;
}

/** Returns a function that draws the component again, for what it draws from something else than its state. */
export function useRedraw(): () => void {
  const [, setCount] = useState(0);
  return () => setCount((count) => count + 1);
}

/**
 * Replaces every part of `next` that equals its counterpart in `previous` by that counterpart. Every snapshot is a new
 * tree of objects; with the unchanged parts kept by identity, only the rows that differ are drawn again.
 */
export function shareStructure<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next) as T;
  if (!isRecord(previous) || !isRecord(next)) return next;
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(previous).length;
  const merged: Record<string, unknown> = {};
  for (const key of keys) {
    merged[key] = shareStructure(previous[key], next[key]);
    same &&= key in previous && Object.is(merged[key], previous[key]);
  }
  return (same ? previous : merged) as T;
}

function shareArray(previous: unknown[], next: unknown[]): unknown[] {
  const known = new Map(previous.map((item, index) => [identityOf(item) ?? index, item]));
  const merged = next.map((item, index) => shareStructure(known.get(identityOf(item) ?? index), item));
  const same = merged.length === previous.length && merged.every((item, index) => Object.is(item, previous[index]));
  return same ? previous : merged;
}

/** The name of a list item, which it keeps while others come and go; undefined if the item has none. */
function identityOf(item: unknown): unknown {
  if (!isRecord(item)) return undefined;
  return item['id'] ?? item['pos'] ?? item['name'] ?? item['resource'];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
