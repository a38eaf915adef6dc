import { h, type JSX } from 'preact';
import type { PanelState } from '#protocol/messages.ts';
import { onDemand } from '#webview/components/onDemand.tsx';
import { reachText } from './board/rowWords.ts';

// Most panels have no banner, so their code is loaded with the first one.

export const HooksBanner = onDemand(async () => (await import('./statusBanners.tsx')).HooksBanner);
export const DamagedLines = onDemand(async () => (await import('./statusBanners.tsx')).DamagedLines);
const Banners = onDemand(async () => (await import('./statusBanners.tsx')).StatusBanners);

/** The place of the banners of the panel. */
export function StatusBanners({ state }: { state: PanelState }): JSX.Element | null {
  const { board, view, error, trusted, hooks } = state;
  const { unhooked, reach, link } = (board === undefined && view?.session) || {};
  const isQuiet =
    error === undefined && trusted && !needsBanner(hooks) && (unhooked ?? reachText(reach) ?? link) === undefined;
  return isQuiet ? null : h(Banners, { state });
}

/** Whether the hooks need a banner. */
const needsBanner = ({ state, mod }: PanelState['hooks']): boolean => state !== 'installed' || mod !== undefined;
