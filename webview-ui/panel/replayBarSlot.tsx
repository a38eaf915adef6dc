import { onDemand } from '#webview/components/onDemand.tsx';

/** The place of the bar of the past; its code is loaded when a person first looks back. */
export const ReplayBarSlot = onDemand(async () => (await import('./replayBar.tsx')).ReplayBar);
