import type { Speed } from '#protocol/replay.ts';

/** Longer gaps between events are shortened to this. */
const MAX_DELAY_MS = 1500;
/** The delay at the speed `events`, which plays one event after the other. */
const EVENT_DELAY_MS = 300;

/** The delay between two events at a playback speed, in ms. The timestamps are epoch ms. Pure. */
export function playbackDelay(fromTs: number, toTs: number, speed: Speed): number {
  if (speed === 'events') return EVENT_DELAY_MS;
  return Math.min(MAX_DELAY_MS, Math.max(0, toTs - fromTs) / Number(speed));
}
