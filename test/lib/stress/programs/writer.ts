/**
 * Appends numbered lines through the append module: `writer DIR NAME LINES [stays]`. Prints every 20 lines how many are written,
 * so that a test knows which lines must be in the log however this process ends. One that stays ends only when it is killed.
 */
import { append } from '#core/log/append.ts';
import { numbered } from '#test/lib/stress/numbered.ts';

const [dir = '', name = '', lines = '0', stays] = process.argv.slice(2);
for (let n = 0; n < Number(lines); n++) {
  append(dir, Date.now(), numbered(name, n));
  if (n % 20 === 19) process.stdout.write(`${n + 1}\n`);
}
if (stays !== undefined) setInterval(() => undefined, 60_000);
