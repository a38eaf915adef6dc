import { onDemand } from '#webview/components/onDemand.tsx';

/** The place of a closer look; its code is loaded when a person first looks. */
export const PeekSlot = onDemand(async () => (await import('./peek.tsx')).Peek);
