import { render } from 'preact';
import type { FromTimeline, TimelineState, ToTimeline } from '#protocol/messages.ts';
import { connectHost } from '#webview/host/host.ts';
import { clock } from '#webview/host/clock.ts';
import { App } from './app.tsx';
import { readSaved, type Saved } from './savedState.ts';
import '#webview/styles/timeline.css';

/** Panning changes what is kept at every frame: it is told at most so often. */
const SAVE_MS = 150;

const host = connectHost<FromTimeline, ToTimeline>();
const root = document.getElementById('root') ?? document.body.appendChild(document.createElement('div'));
const saved = readSaved(host.savedState());

window.addEventListener('error', (event) =>
  host.post({ type: 'fault', message: describe(event.error ?? event.message) }),
);
window.addEventListener('unhandledrejection', (event) => host.post({ type: 'fault', message: describe(event.reason) }));

let toSave: Saved | undefined;
const save = (state: Saved): void => {
  if (toSave === undefined) setTimeout(saveNow, SAVE_MS);
  toSave = state;
  document.documentElement.dataset['saving'] = '';
};
const saveNow = (): void => {
  if (toSave !== undefined) host.saveState(toSave);
  toSave = undefined;
  delete document.documentElement.dataset['saving'];
};
const open = (pos: number, stay: boolean): void => host.post({ type: 'openLine', pos, stay });
const replay = (pos: number): void => host.post({ type: 'replay', pos });
const draw = (state?: TimelineState): void =>
  render(<App state={state} saved={saved} save={save} open={open} replay={replay} />, root);

let newest: ToTimeline | undefined;
let frame: number | undefined;
const renderNewest = (): void => {
  frame = undefined;
  if (newest === undefined) return;
  if (newest.state.view) clock.adjust(newest.state.view.generatedTs);
  draw(newest.state);
  document.documentElement.dataset['generation'] = String(newest.generation);
};

draw();
// snapshots are whole: those in between may be dropped, and one that arrives late is worth nothing
host.on('snapshot', (snapshot) => {
  if (newest !== undefined && snapshot.generation < newest.generation) return;
  newest = snapshot;
  frame ??= requestAnimationFrame(renderNewest);
});
host.post({ type: 'ready' });

function describe(error: unknown): string {
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, 4000);
}
