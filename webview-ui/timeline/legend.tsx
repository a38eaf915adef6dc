import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type MarkKind, type SpanKind, type TimelineView, MARK_SHAPES } from '#protocol/timeline.ts';
import { memo } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { paintBar, paintMark } from './painter.ts';
import { onThemeChange, readPalette } from './palette.ts';
import { fitCanvas } from './picture.ts';

type Kind = SpanKind | MarkKind;

interface LegendProps {
  view: TimelineView;
  open: boolean;
  setOpen: (open: boolean) => void;
}

/** The kinds of items in the view, each with its icon. */
export const Legend = memo(({ view, open, setOpen }: LegendProps): JSX.Element => {
  const kinds = useMemo(() => kindsIn(view), [view]);
  return (
    <details class="legend" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{strings.timeline.legend}</summary>
      <ul>
        {kinds.map((kind) => (
          <li key={kind}>
            <LegendIcon kind={kind} />
            {strings.timeline.kinds[kind]}
          </li>
        ))}
      </ul>
    </details>
  );
});

function kindsIn({ lanes }: TimelineView): Kind[] {
  const present = new Set<Kind>();
  for (const { rows, marks } of lanes) {
    for (const row of rows) for (const { kind } of row) present.add(kind);
    for (const { kind } of marks) present.add(kind);
  }
  // both are painted alike
  if (present.has('working')) present.delete('running');
  return (Object.keys(strings.timeline.kinds) as Kind[]).filter((kind) => present.has(kind));
}

const [WIDTH, HEIGHT] = [22, 14];

function LegendIcon({ kind }: { kind: Kind }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return undefined;
    const draw = (): void => {
      fitCanvas(context, { width: WIDTH, height: HEIGHT });
      context.clearRect(0, 0, WIDTH, HEIGHT);
      const brush = { context, palette: readPalette(context) };
      if (kind in MARK_SHAPES) paintMark(brush, kind as MarkKind, WIDTH / 2, HEIGHT / 2);
      else paintBar(brush, kind as SpanKind, { from: 0, to: WIDTH, y: 1, height: HEIGHT - 2 });
    };
    draw();
    return onThemeChange(draw);
  }, [kind]);
  return <canvas ref={canvas} aria-hidden="true" style={{ width: `${WIDTH}px`, height: `${HEIGHT}px` }} />;
}
