import type { Speed } from '#protocol/replay.ts';

/** Nobody watches nothing happen for longer than this. */
const MAX_DELAY_MS = 1500;
/** How long each event is looked at, where events are played one by one. */
const EVENT_DELAY_MS = 300;

/** How long a person waits from one event to the next, in ms, at a speed; long gaps are shortened. Times are epoch ms. Pure. */
export function playbackDelay(fromTs: number, toTs: number, speed: Speed): number {
  if (speed === 'events') return EVENT_DELAY_MS;
  return Math.min(MAX_DELAY_MS, Math.max(0, toTs - fromTs) / Number(speed));
}
