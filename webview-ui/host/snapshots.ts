import type { PanelState, ToPanel } from '#protocol/messages.ts';
import { clock } from './clock.ts';
import type { Host } from './host.ts';
import { shareStructure } from './shareStructure.ts';

/**
 * Draws the newest snapshot at most once a frame. Snapshots are whole, so those in between may be dropped, and one
 * that arrives late is worth nothing.
 */
export function renderSnapshots(host: Host, draw: (state: PanelState) => void): void {
  let newest: (ToPanel & { type: 'snapshot' }) | undefined;
  let rendered: PanelState | undefined;
  let frame: number | undefined;

  const renderNewest = (): void => {
    frame = undefined;
    if (newest === undefined) return;
    rendered = shareStructure(rendered, newest.state);
    const { view, replay } = newest.state;
    const past = replay?.read === 1;
    clock.stop(past ? replay.position.ts : undefined);
    if (view && !past) clock.adjust(view.generatedTs);
    draw(rendered);
    document.documentElement.dataset['generation'] = String(newest.generation);
  };

  host.on('snapshot', (snapshot) => {
    if (newest !== undefined && snapshot.generation < newest.generation) return;
    newest = snapshot;
    frame ??= requestAnimationFrame(renderNewest);
  });
}
