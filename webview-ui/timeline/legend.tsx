import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { MARK_SHAPES, type MarkKind, type SpanKind, type TimelineView } from '#protocol/timeline.ts';
import { memo } from '#webview/components/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { paintBar, paintMark } from './painter.ts';
import { readPalette } from './palette.ts';

type Kind = SpanKind | MarkKind;

interface LegendProps {
  view: TimelineView;
  open: boolean;
  setOpen: (open: boolean) => void;
}

/** What each look means, of those that there are. */
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
  // what looks the same is one
  if (present.has('working')) present.delete('running');
  return (Object.keys(strings.timeline.kinds) as Kind[]).filter((kind) => present.has(kind));
}

const [WIDTH, HEIGHT] = [22, 14];

function LegendIcon({ kind }: { kind: Kind }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || canvas.current === null) return undefined;
    const element = canvas.current;
    const draw = (): void => {
      const ratio = window.devicePixelRatio || 1;
      element.width = WIDTH * ratio;
      element.height = HEIGHT * ratio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const palette = readPalette(context, element);
      if (kind in MARK_SHAPES) paintMark(context, palette, kind as MarkKind, WIDTH / 2, HEIGHT / 2);
      else
        paintBar(context, palette.spans[kind as SpanKind], palette, { from: 0, to: WIDTH, y: 1, height: HEIGHT - 2 });
    };
    draw();
    const theme = new MutationObserver(draw);
    theme.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    return () => theme.disconnect();
  }, [kind]);
  return <canvas ref={canvas} class="sign" aria-hidden="true" style={{ width: `${WIDTH}px`, height: `${HEIGHT}px` }} />;
}
