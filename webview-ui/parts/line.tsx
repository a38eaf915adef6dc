import type { ComponentChildren, JSX } from 'preact';

/** A line of a row that wraps: a few words of what it is about, and that. */
export function Line({ text, children, data }: LineProps): JSX.Element {
  return (
    <div class="wrap-line" {...data}>
      <span class="dim">{text}</span>
      {children}
    </div>
  );
}

interface LineProps {
  text: string;
  children: ComponentChildren;
  /** Stable handles for tests. */
  data?: Record<`data-${string}`, string>;
}
