import fc from 'fast-check';
import { hostileLine } from '#test/lib/hostileLog.ts';
import { world } from '#test/property/worlds.ts';

/** Logs: of small worlds in which much happens, and of lines as nobody should write them; always the same ones. */
export function someLogs(): string[] {
  const worlds = fc.sample(world, { seed: 1, numRuns: 30 });
  const texts = worlds.map((lines) => lines.map(({ value }) => JSON.stringify(value)).join('\n'));
  const hostile = fc.sample(fc.array(hostileLine, { maxLength: 8 }), { seed: 1, numRuns: 40 });
  return [...texts, ...hostile.map((lines) => lines.join('\n')).filter((text) => text.length < 8000)];
}
