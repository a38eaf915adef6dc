interface Snapshot<State> {
  generation: number;
  state: State;
}

interface SnapshotSource<State> {
  on(type: 'snapshot', listener: (snapshot: Snapshot<State>) => void): unknown;
}

/**
 * Draws the newest snapshot, at most once a frame. Every snapshot is complete, so the ones in between are dropped, and
 * so is one that arrives after a newer one. The page's `data-generation` is the snapshot that was drawn last.
 */
export function renderSnapshots<State>(host: SnapshotSource<State>, draw: (state: State) => void): void {
  let newest: Snapshot<State> | undefined;
  let frame: number | undefined;
  const drawNewest = (): void => {
    frame = undefined;
    if (newest === undefined) return;
    draw(newest.state);
    document.documentElement.dataset['generation'] = String(newest.generation);
  };
  host.on('snapshot', (snapshot) => {
    if (newest !== undefined && snapshot.generation < newest.generation) return;
    newest = snapshot;
    frame ??= requestAnimationFrame(drawNewest);
  });
}
