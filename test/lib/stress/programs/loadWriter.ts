/**
 * Appends lines of many workers at a steady rate: `loadWriter DIR FIRST WORKERS RATE SECONDS`. It prints how many lines it has
 * appended and how long that took, in ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { append, type NewEvent } from '#core/log/append.ts';

const [dir = '', ...numbers] = process.argv.slice(2);
const [first = 0, workers = 1, rate = 1, seconds = 1] = numbers.map(Number);
/** Lines are due a hundred times a second. */
const STEP_MS = 10;

async function main(): Promise<void> {
  const started = performance.now();
  let written = 0;
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - started) {
    const due = Math.min(rate * seconds, Math.floor((elapsed / 1000) * rate));
    const events: NewEvent[] = [];
    for (; written < due; written++) {
      const worker = `W${first + (written % workers)}`;
      events.push({ t: 'progress', worker, pct: written % 100, message: `row ${written}` });
    }
    if (events.length > 0) append(dir, Date.now(), ...events);
    await delay(STEP_MS);
  }
  process.stdout.write(`${JSON.stringify({ written, ms: performance.now() - started })}\n`);
}

void main();
