import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TimelineFact, TimelineView } from '#protocol/timeline.ts';
import { strings } from '#webview/host/strings.ts';
import { factsOf, focused, focusOn, keyOf, nextFact, type Focus, type OpenLine } from './cursor.ts';
import { factText } from './factText.ts';
import { AXIS, boxOf, Layout, OVERVIEW, tipPoint, visibleStyle } from './layout.ts';
import { Picture } from './picture.ts';
import { xScale } from './scene.ts';
import { LaneTip, Tip } from './tip.tsx';
import { panned, revealing, visibleRange, zoomed, type Extent, type Viewport } from './viewport.ts';

interface ChartProps {
  view: TimelineView;
  extent: Extent;
  viewport: Viewport;
  updateViewport: (update: (before: Viewport) => Viewport) => void;
  focus: Focus | undefined;
  setFocus: (focus: Focus) => void;
  top: number;
  setTop: (top: number) => void;
  open: OpenLine;
}

/** A pointer that moves less than this still clicks, CSS pixels. */
const CLICK_PX = 4;

/** The width of the column with the lanes' names: a share of the whole width, within bounds. */
const gutterOf = (width: number): number => Math.round(Math.min(240, Math.max(84, width * 0.22)));

/** What the pointer is over: a fact, or the name of a lane. */
interface PointerTarget {
  x: number;
  y: number;
  fact?: TimelineFact;
  lane?: number;
}

/** The timeline as a picture with one tab stop: a button over the item with the focus, whose name describes the item. */
export function Chart(props: ChartProps): JSX.Element {
  const { view, extent, viewport, updateViewport, focus, setFocus, top, setTop, open } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLButtonElement>(null);
  const picture = useRef<Picture>(undefined);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [pointed, setPointed] = useState<PointerTarget>();
  const [hasFocus, setHasFocus] = useState(false);
  const [hidden, setHidden] = useState(false);
  const clicked = useRef(false);
  const drag = useRef<{ x: number; moved: boolean; overview: boolean }>(undefined);
  const layout = useMemo(() => new Layout(view.lanes), [view]);
  const range = visibleRange(viewport, extent);
  const gutter = gutterOf(size.width);
  const now = extent.end;
  const x = xScale({ range, width: size.width, gutter });
  const current = useMemo(() => focused(layout, focus), [layout, focus]);

  useLayoutEffect(() => {
    if (canvas.current === null || scroller.current === null) return undefined;
    const newPicture = new Picture(canvas.current);
    picture.current = newPicture;
    const box = scroller.current;
    const measure = (): void => setSize({ width: box.clientWidth, height: box.clientHeight });
    measure();
    box.scrollTop = top;
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => {
      observer.disconnect();
      newPicture.dispose();
    };
  }, []);

  useLayoutEffect(() => {
    if (size.width === 0) return;
    const scrolled = scroller.current?.scrollTop ?? 0;
    const hovered = pointed?.fact?.item;
    picture.current?.show({ view, layout, range, extent, now, top: scrolled, gutter, hovered, ...size });
  });

  const zoomAt = (factor: number, at: number): void => updateViewport((before) => zoomed(before, extent, factor, at));
  const timeAt = (px: number): number => range.from + ((px - gutter) / (size.width - gutter)) * (range.to - range.from);
  const panBy = (px: number): void =>
    updateViewport((before) => panned(before, extent, (px / (size.width - gutter)) * (range.to - range.from)));

  /** Moves the viewport to a position of the overview. */
  const centerOn = (px: number): void => {
    const at = extent.start + ((px - gutter) / (size.width - gutter)) * (extent.end - extent.start);
    updateViewport((before) => {
      const shown = visibleRange(before, extent);
      return panned(before, extent, at - (shown.from + shown.to) / 2);
    });
  };

  const wheel = useRef<(event: WheelEvent) => void>(undefined);
  wheel.current = (event) => {
    const across = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey) zoomAt(Math.exp(-event.deltaY / 300), timeAt(positionOf(event).x));
    else if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY)) panBy(across);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    const box = scroller.current;
    const onWheel = (event: WheelEvent): void => wheel.current?.(event);
    // not passive, so that VS Code does not zoom or navigate back
    box?.addEventListener('wheel', onWheel, { passive: false });
    return () => box?.removeEventListener('wheel', onWheel);
  }, []);

  const positionOf = (event: MouseEvent): { x: number; y: number } => {
    const box = scroller.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };

  const pointAt = ({ x: px, y: py }: { x: number; y: number }): PointerTarget | undefined => {
    const y = py + (scroller.current?.scrollTop ?? 0);
    if (py < AXIS || y >= layout.height) return undefined;
    if (px < gutter) return { x: px, y: py, lane: layout.laneAt(y) };
    const hit = layout.itemAt(px, y, x, now);
    const lane = hit && layout.lanes[hit.lane];
    const fact = lane && factsOf(lane).find(({ item }) => item === hit.item);
    return hit && fact && { x: px, y: py, fact };
  };

  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const { x: px, y: py } = positionOf(event);
    const overview = viewport.mode !== 'fit' && px >= gutter && py >= size.height - OVERVIEW;
    drag.current = { x: px, moved: overview, overview };
    if (!overview) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    centerOn(px);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const position = positionOf(event);
    const dragged = drag.current;
    if (dragged === undefined) {
      setHidden(false);
      return setPointed(pointAt(position));
    }
    if (!dragged.moved && Math.abs(position.x - dragged.x) < CLICK_PX) return;
    if (!dragged.moved) (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    dragged.moved = true;
    setPointed(undefined);
    if (dragged.overview) return centerOn(position.x);
    panBy(dragged.x - position.x);
    dragged.x = position.x;
  };
  const onPointerUp = (event: PointerEvent): void => {
    const dragged = drag.current;
    drag.current = undefined;
    const fact = dragged?.moved === false ? pointAt(positionOf(event))?.fact : undefined;
    if (fact === undefined) return;
    clicked.current = true;
    setFocus(focusOn(fact));
    open(fact.item.pos, true);
  };

  const goTo = (fact: TimelineFact): void => {
    setFocus(focusOn(fact));
    setHidden(false);
    setPointed(undefined);
    updateViewport((before) => revealing(before, extent, { from: fact.from, to: fact.to ?? now }));
    const lane = layout.indexOf(fact.lane.id) ?? 0;
    const box = scroller.current;
    if (box === null) return;
    const [above, below] = [layout.top(lane) - AXIS, layout.top(lane + 1) - size.height];
    if (box.scrollTop > above) box.scrollTop = above;
    else if (box.scrollTop < below) box.scrollTop = below;
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') return setHidden(true);
    if (current === undefined || event.altKey || event.metaKey) return;
    const next = nextFact(layout, current, event.key, event.ctrlKey);
    if (next !== undefined) goTo(next);
    if (/^(Arrow|Page|Home$|End$)/.test(event.key)) event.preventDefault();
  };

  // a new button for each item, since screen readers do not announce a focused button that changes its name
  const hadFocus = cursor.current !== null && document.activeElement === cursor.current;
  useLayoutEffect(() => {
    if ((hadFocus || clicked.current) && document.activeElement !== cursor.current)
      cursor.current?.focus({ preventScroll: true });
    clicked.current = false;
  });

  const box = current && boxOf(current, layout, x, now);
  const tipOfFocus = (): PointerTarget | undefined => {
    if (!hasFocus || current === undefined || box === undefined) return undefined;
    const { x: px, y: py } = tipPoint(box, gutter, size.width);
    return { x: px, y: py - (scroller.current?.scrollTop ?? 0), fact: current };
  };
  const tip = hidden ? undefined : (pointed ?? tipOfFocus());
  return (
    <div
      class={pointed?.fact === undefined ? 'chart' : 'chart over'}
      role="application"
      aria-label={strings.timeline.picture}
      aria-describedby="keys"
      onKeyDown={onKeyDown}
      onFocusIn={() => {
        setHasFocus(true);
        if (focus === undefined && current !== undefined) setFocus(focusOn(current));
      }}
      onFocusOut={(event) => setHasFocus(event.currentTarget.contains(event.relatedTarget as Node | null))}
    >
      <div
        class="scroller"
        ref={scroller}
        onScroll={(event) => {
          setTop(event.currentTarget.scrollTop);
          setPointed(undefined);
        }}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => (drag.current = undefined)}
        onPointerLeave={() => setPointed(undefined)}
      >
        <div class="lanes" style={{ height: `${layout.height}px` }}>
          <canvas ref={canvas} aria-hidden="true" style={{ width: `${size.width}px`, height: `${size.height}px` }} />
          {current && box && (
            <button
              key={keyOf(current)}
              ref={cursor}
              type="button"
              class="cursor"
              data-fact={keyOf(current)}
              aria-label={factText(current, now)}
              style={visibleStyle(box, gutter, size.width)}
              onClick={(event) => {
                // onPointerUp handles clicks by pointer
                if (event.detail === 0) open(current.item.pos, false);
              }}
            />
          )}
        </div>
      </div>
      {tip?.fact && <Tip fact={tip.fact} x={tip.x} y={tip.y} now={now} {...size} />}
      {tip && !tip.fact && <LaneTip lane={layout.lanes[tip.lane ?? 0]} x={tip.x} y={tip.y} {...size} />}
    </div>
  );
}
