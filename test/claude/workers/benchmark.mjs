// A worker of scenario 2: benchmark.mjs MODULE GATE. Watches the Conductor's calls, holds those that come too soon,
// measures, and publishes the result.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const [module, gate] = process.argv.slice(2);
const fermata = (...args) => execFileSync('fermata', args, { encoding: 'utf8' });

const seen = [];
const watching = spawn('fermata', ['watch', '--tool', 'Bash', '--follow'], { stdio: ['ignore', 'pipe', 'inherit'] });
createInterface({ input: watching.stdout }).on('line', (line) => {
  if (seen.push(JSON.parse(line)) > 1) return;
  fermata('progress', '60', '--eta', '30s', '--message', 'measuring');
  fermata(
    'block',
    'Benchmark still running, 60% complete, ETA 30s',
    '--at',
    'PreToolUse',
    '--tool',
    'Bash',
    '--key',
    'pace',
  );
});
while (!existsSync(gate)) await delay(20);

const runs = Array.from({ length: 20 }, () => {
  const started = process.hrtime.bigint();
  for (let i = 0, x = 1; i < 200_000; i++) x = (x * 31 + i) % 1_000_003;
  return Number(process.hrtime.bigint() - started) / 1e9;
});
const avg = runs.reduce((a, b) => a + b, 0) / runs.length;
const stddev = Math.sqrt(runs.reduce((a, b) => a + (b - avg) ** 2, 0) / runs.length);
const result = `Module ${module}: ${avg.toPrecision(2)}s avg, ${stddev.toPrecision(2)}s stddev`;
writeFileSync(join(process.env.FERMATA_OUT, 'result.json'), JSON.stringify({ result, seen: seen.length }));
fermata('inform', result);
fermata('unblock');
watching.kill();
