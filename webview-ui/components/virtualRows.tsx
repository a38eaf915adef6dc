import type { JSX } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useRedraw } from '#webview/host/memo.ts';
import { FocusContext } from './rovingList.tsx';

/** Rows that are drawn or left out together. */
const CHUNK = 20;
/** Rows up to this far out of sight are drawn, CSS pixels, so that scrolling shows no gap. */
const MARGIN = 500;

interface VirtualRowsProps<T> {
  items: readonly T[];
  keyOf: (item: T) => string;
  /** The height of a row that has not been drawn yet, CSS pixels. */
  estimatedHeight: number;
  row: (item: T) => JSX.Element;
}

/**
 * The rows of a `RovingList`. The page contains only the rows near the visible part, and the row that is the tab stop.
 * Rows may have any height. Chunks are counted from the last row, so that new rows in front change only the first chunk.
 */
export function VirtualRows<T>({ items, keyOf, estimatedHeight, row }: VirtualRowsProps<T>): JSX.Element {
  const roving = useContext(FocusContext);
  const box = useRef<HTMLDivElement>(null);
  const heights = useRef(new Map<number, number>());
  const near = useRef<readonly [number, number]>([0, 0]);
  const redraw = useRedraw();

  const count = Math.ceil(items.length / CHUNK);
  const startOf = (index: number): number => Math.max(0, items.length - (count - index) * CHUNK);

  /** Finds the chunks near the visible part, and measures the chunks in the page. */
  const measure = (): void => {
    const all = [...(box.current?.children ?? [])];
    const [wasFirst, wasLast] = near.current;
    const rects = all.map((each) => each.getBoundingClientRect());
    const isNear = ({ top, bottom }: DOMRect): boolean => bottom > -MARGIN && top < window.innerHeight + MARGIN;
    for (const [index, each] of all.entries()) {
      if (each.hasChildNodes()) heights.current.set(all.length - index, rects[index]?.height ?? 0);
      // for screen readers; set here, so that a row that only moves is not drawn again
      for (const [at, rowElement] of [...each.children].entries()) {
        const [position, size] = [String(startOf(index) + at + 1), String(items.length)];
        // an attribute that is set is a change, even to what it was: a screen reader would look at each row again
        if (rowElement.ariaPosInSet !== position) rowElement.ariaPosInSet = position;
        if (rowElement.ariaSetSize !== size) rowElement.ariaSetSize = size;
      }
    }
    near.current = [rects.findIndex(isNear), rects.findLastIndex(isNear)];
    if (near.current[0] !== wasFirst || near.current[1] !== wasLast) redraw();
  };
  const latest = useRef(measure);
  latest.current = measure;

  useLayoutEffect(() => {
    if (box.current) roving?.restoreFocus(box.current);
    measure();
  });
  useEffect(() => {
    const onMove = (): void => latest.current();
    const observer = new ResizeObserver(onMove);
    observer.observe(document.body);
    const listening = new AbortController();
    for (const type of ['scroll', 'resize']) window.addEventListener(type, onMove, listening);
    roving?.watch(redraw);
    return () => {
      observer.disconnect();
      listening.abort();
    };
  }, [roving]);

  const chunks: JSX.Element[] = [];
  const current = roving?.current ?? '';
  for (let index = 0; index < count; index++) {
    const [start, end] = [startOf(index), startOf(index + 1)];
    const isRendered =
      (index >= near.current[0] && index <= near.current[1]) ||
      items.slice(start, end).some((item) => keyOf(item) === current);
    const height = heights.current.get(count - index) ?? (end - start) * estimatedHeight;
    chunks.push(
      <div key={count - index} role="presentation" style={isRendered ? undefined : { height: `${height}px` }}>
        {isRendered && items.slice(start, end).map(row)}
      </div>,
    );
  }
  return (
    <div ref={box} role="presentation">
      {chunks}
    </div>
  );
}
