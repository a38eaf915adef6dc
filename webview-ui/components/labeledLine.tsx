import type { ComponentChildren, JSX } from 'preact';

/** A line of a row that wraps: a few words of what it is about, and that. */
export function LabeledLine({ text, children, data }: LabeledLineProps): JSX.Element {
  return (
    <div class="wrap-line" {...data}>
      <span class="dim">{text}</span>
      {children}
    </div>
  );
}

interface LabeledLineProps {
  text: string;
  children: ComponentChildren;
  /** Stable handles for tests. */
  data?: Record<`data-${string}`, string>;
}
