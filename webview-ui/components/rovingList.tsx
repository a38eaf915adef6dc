import { createContext, type ComponentChildren, type JSX } from 'preact';
import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useRedraw } from '#webview/host/memo.ts';
import { RovingFocus, type FocusRequest } from './rovingFocus.ts';

/** Hands the list's focus management to its rows. */
export const FocusContext = createContext<RovingFocus | undefined>(undefined);
const CurrentRowContext = createContext(true);

interface AreaProps {
  /** Keys of all rows, in the order on the screen. */
  keys: readonly string[];
  class?: string;
  /** The row that gets the focus whenever the count grows. */
  focus?: FocusRequest | undefined;
  children: ComponentChildren;
}

interface ListProps extends AreaProps {
  label: string;
}

/** A list of `RovingRow`s with one tab stop. */
export function RovingList({ label, class: classes, ...area }: ListProps): JSX.Element {
  return <Roving {...area} attributes={{ role: 'list', 'aria-label': label, class: `list ${classes ?? ''}` }} />;
}

/** Several lists of `RovingRow`s with one tab stop for all of them. */
export function RovingArea({ class: classes, ...area }: AreaProps): JSX.Element {
  return <Roving {...area} attributes={{ class: classes }} />;
}

type RovingProps = Omit<AreaProps, 'class'> & { attributes: Record<string, string | undefined> };

/** Keeps the focus of the rows in it. */
function Roving({ keys, focus, children, attributes }: RovingProps): JSX.Element {
  const [roving] = useState(() => new RovingFocus());
  const list = useRef<HTMLDivElement>(null);
  roving.setKeys(keys);
  useLayoutEffect(() => {
    if (list.current) roving.restoreFocus(list.current);
  });
  const count = focus?.count;
  useLayoutEffect(() => {
    if (list.current && focus) roving.focus(list.current, focus.row);
  }, [count]);
  const onFocusIn = (event: FocusEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    if (row) roving.focusEntered(row);
  };
  const onFocusOut = (event: FocusEvent): void => {
    const to = event.relatedTarget as Node | null;
    if (to !== null && !list.current?.contains(to)) roving.focusLeft();
  };
  return (
    <div
      {...attributes}
      ref={list}
      onFocusIn={onFocusIn}
      onFocusOut={onFocusOut}
      onKeyDown={(event) => list.current && roving.keyPressed(event, list.current)}
    >
      <FocusContext.Provider value={roving}>{children}</FocusContext.Provider>
    </div>
  );
}

interface RowProps {
  /** The row's key in its list. */
  id: string;
  label: string;
  class?: string;
  /** Stable handles for tests: `data-worker="W1"`. */
  data?: Record<`data-${string}`, string>;
  /** Depth in a tree, 0 at the top. */
  depth?: number;
  children: ComponentChildren;
}

/** A row that can have the focus. Tab reaches its buttons only while it is the current row. */
export function RovingRow({ id, label, class: classes, data, depth = 0, children }: RowProps): JSX.Element {
  const roving = useContext(FocusContext);
  const redraw = useRedraw();
  const current = roving?.isCurrent(id) ?? true;
  const rendered = useRef(current);
  rendered.current = current;
  useLayoutEffect(
    () =>
      roving?.subscribe(id, (now) => {
        if (now !== rendered.current) redraw();
      }),
    [roving, id],
  );
  return (
    <div
      {...data}
      role="listitem"
      class={`row ${classes ?? ''}`}
      data-row={id}
      tabIndex={current ? 0 : -1}
      aria-label={label}
      style={
        depth > 0 ? { paddingInlineStart: `calc(var(--inset) + ${Math.min(depth, 6)} * var(--indent))` } : undefined
      }
    >
      <CurrentRowContext.Provider value={current}>{children}</CurrentRowContext.Provider>
    </div>
  );
}

/** The tabindex of a button: in a list only the current row's buttons are tab stops, elsewhere every button is one. */
export function useRowTabIndex(): 0 | -1 {
  return useContext(CurrentRowContext) ? 0 : -1;
}
