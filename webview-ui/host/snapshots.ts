interface Snapshot<State> {
  generation: number;
  state: State;
}

interface SnapshotSource<State> {
  on(type: 'snapshot', listener: (snapshot: Snapshot<State>) => void): unknown;
  post(message: { type: 'drawn'; generation: number }): void;
}

/**
 * Draws the newest snapshot, at most once a frame. Every snapshot is complete, so the ones in between are dropped, and
 * so is one that arrives after a newer one. The page's `data-generation` is the snapshot that was drawn last; the extension
 * waits for that before it sends the next one.
 */
export function renderSnapshots<State>(host: SnapshotSource<State>, draw: (state: State) => void): void {
  let newest: Snapshot<State> | undefined;
  let frame: number | undefined;
  const drawNewest = (): void => {
    frame = undefined;
    if (newest === undefined) return;
    try {
      draw(newest.state);
      document.documentElement.dataset['generation'] = String(newest.generation);
    } finally {
      // also where it could not be drawn: the next one may be one that can
      host.post({ type: 'drawn', generation: newest.generation });
    }
  };
  host.on('snapshot', (snapshot) => {
    if (newest !== undefined && snapshot.generation < newest.generation) return;
    newest = snapshot;
    frame ??= requestAnimationFrame(drawNewest);
  });
}
