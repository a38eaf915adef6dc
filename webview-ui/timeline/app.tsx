import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { TimelineState } from '#protocol/messages.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import { Icon, type IconName } from '#webview/components/icon.tsx';
import { clock } from '#webview/host/clock.ts';
import { useRedraw } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { Bill } from './bill.tsx';
import { Chart } from './chart.tsx';
import type { OpenLine } from './cursor.ts';
import { durationText } from './factText.ts';
import { FactTable } from './factTable.tsx';
import { Legend } from './legend.tsx';
import type { Saved } from './savedState.ts';
import { timeText } from './ticks.ts';
import { fitAll, following, validViewport, visibleRange, zoomed, type Extent, type Viewport } from './viewport.ts';

interface AppProps {
  state: TimelineState | undefined;
  saved: Saved;
  save: (saved: Saved) => void;
  open: OpenLine;
  /** Shows the state at a line of the log in the panel. */
  replay: (pos: number) => void;
  /** Shows what was written in the transcript of a lane at a time. */
  openTranscript: (lane: string, ts: number) => void;
}

const texts = strings.timeline;

/** The tab: the timeline, or why there is none yet. */
export function App(props: AppProps): JSX.Element {
  const { state } = props;
  const view = state?.view;
  if (state?.error !== undefined)
    return (
      <main data-empty="error" class="nothing">
        <h1>{texts.errorTitle}</h1>
        <p role="alert">{state.error}</p>
      </main>
    );
  if (view === undefined || view.read < 1)
    return (
      <main data-empty="loading" class="nothing" aria-busy="true">
        <h1>{view === undefined ? strings.loading : texts.title(view.session.title)}</h1>
        <p role="status">{view && texts.reading(Math.floor(view.read * 100))}</p>
        {view !== undefined && (
          <progress aria-label={texts.reading(Math.floor(view.read * 100))} max={1} value={view.read} />
        )}
      </main>
    );
  const isEmpty = view.lanes.every(({ rows, marks }) => marks.length === 0 && rows.every((row) => row.length === 0));
  if (isEmpty)
    return (
      <main data-empty="nothing" class="nothing">
        <h1>{texts.empty}</h1>
        <p>{texts.emptyHint}</p>
      </main>
    );
  return <Timeline {...props} view={view} />;
}

function Timeline({ view, saved, save, open, replay, openTranscript }: AppProps & { view: TimelineView }): JSX.Element {
  const [ui, setUi] = useState(saved);
  const now = useNow(view.session.live);
  const extent: Extent = { start: view.startTs, end: view.session.live ? Math.max(view.endTs, now) : view.endTs };
  const viewport = validViewport(ui.looking, extent);
  const change = (part: Partial<Saved>): void => setUi((before) => ({ ...before, ...part }));
  // always the same functions, so that neither is drawn again
  const setLegend = useRef((legend: boolean) => change({ legend })).current;
  const setBill = useRef((bill: boolean) => change({ bill })).current;
  const updateViewport = (update: (before: Viewport) => Viewport): void =>
    setUi((before) => ({ ...before, looking: update(validViewport(before.looking, extent)) }));
  // together with what is drawn, so that a page that looks changed is marked as not saved yet
  useLayoutEffect(() => save({ ...ui, session: view.session.id }), [ui, view.session.id]);

  const zoom = (factor: number): void => updateViewport((before) => zoomed(before, extent, factor));
  const fit = (): void => updateViewport(() => fitAll(extent));
  const follow = (): void =>
    updateViewport((before) => (before.mode === 'follow' ? fitAll(extent) : following(before, extent)));
  const toggle = (): void => change({ table: !ui.table });
  const replayFocus = (): void => ui.focus && replay(ui.focus.pos);
  const readFocus = (): void => ui.focus && openTranscript(ui.focus.lane, ui.focus.at);
  const keys: Record<string, () => void> = {
    '+': () => zoom(1.5),
    '=': () => zoom(1.5),
    '-': () => zoom(1 / 1.5),
    '0': fit,
    f: follow,
    t: toggle,
    r: replayFocus,
    s: readFocus,
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).matches('input')) return;
    const run = keys[key];
    if (run === undefined) return;
    run();
    event.preventDefault();
  };

  const latestOnKeyDown = useRef(onKeyDown);
  latestOnKeyDown.current = onKeyDown;
  useEffect(() => {
    // on the document, since the keys work without a focus, too
    const listener = (event: KeyboardEvent): void => latestOnKeyDown.current(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);

  const { mode } = viewport;
  const range = visibleRange(viewport, extent);
  return (
    <main data-mode={mode}>
      <header class="bar">
        <h1 class="cut">{texts.title(view.session.title)}</h1>
        <span class="dim cut range">
          {texts.range(timeText(Math.max(extent.start, range.from)), timeText(Math.min(extent.end, range.to)))} ·{' '}
          {durationText(Math.min(extent.end, range.to) - Math.max(extent.start, range.from))} ·{' '}
          {texts.events(view.events)}
        </span>
        <div class="tools" role="toolbar" aria-label={texts.title(view.session.title)}>
          {!ui.table && (
            <>
              <Tool action="zoom-out" icon="zoomOut" text={texts.zoomOut} onRun={() => zoom(1 / 1.5)} />
              <Tool action="zoom-in" icon="zoomIn" text={texts.zoomIn} onRun={() => zoom(1.5)} />
              <Tool action="fit" icon="fit" text={texts.fit} onRun={fit} pressed={mode === 'fit'} />
              <Tool action="follow" icon="follow" text={texts.follow} onRun={follow} pressed={mode === 'follow'} />
            </>
          )}
          {ui.focus && <Tool action="replay" icon="history" text={texts.replay} onRun={replayFocus} />}
          {ui.focus && <Tool action="transcript" icon="transcript" text={texts.transcript} onRun={readFocus} />}
          <Tool action="table" icon="table" text={texts.table} onRun={toggle} pressed={ui.table} />
        </div>
      </header>
      <p id="keys" class="visually-hidden">
        {texts.keys}
      </p>
      {ui.table ? (
        <FactTable
          view={view}
          now={extent.end}
          filter={ui.filter}
          setFilter={(filter) => change({ filter })}
          setFocus={(focus) => change({ focus })}
          open={open}
        />
      ) : (
        <>
          <Chart
            view={view}
            extent={extent}
            viewport={viewport}
            updateViewport={updateViewport}
            focus={ui.focus}
            setFocus={(focus) => change({ focus })}
            top={ui.top}
            setTop={(top) => change({ top })}
            open={open}
          />
          <footer>
            {view.bill !== undefined && view.bill.totalMs > 0 && (
              <Bill bill={view.bill} open={open} isOpen={ui.bill} setOpen={setBill} />
            )}
            <Legend view={view} open={ui.legend} setOpen={setLegend} />
            {view.resolutionMs > 0 && <p class="dim">{texts.resolution(durationText(view.resolutionMs))}</p>}
          </footer>
        </>
      )}
    </main>
  );
}

interface ToolProps {
  action: string;
  icon: IconName;
  text: string;
  onRun: () => void;
  pressed?: boolean;
}

/** A button of the toolbar. The panel's `Button` also knows lists and intents, which would enlarge this bundle. */
function Tool({ action, icon, text, onRun, pressed }: ToolProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      data-action={action}
      title={text}
      aria-label={text}
      aria-pressed={pressed}
      onClick={onRun}
    >
      <Icon name={icon} />
    </button>
  );
}

/** The present; the component draws every second while the session is live. */
function useNow(live: boolean): number {
  const redraw = useRedraw();
  useEffect(() => (live ? clock.subscribe(redraw) : undefined), [live]);
  return clock.now();
}
