/**
 * `npm run bench [-- NAME…]`: figures as one JSON object a line. Ratios of things timed in turn within this run; they
 * are to be read, not to be a test's verdict.
 */
import { loadavg } from 'node:os';
import { writeFigures } from '#test/lib/figuresFile.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { activationBench } from './activationBench.ts';
import { appendBench } from './appendBench.ts';
import { backtestBench } from './backtestBench.ts';
import { boardBench } from './boardBench.ts';
import { claudeBench } from './claudeBench.ts';
import { cliBench } from './cliBench.ts';
import { coldBench } from './coldBench.ts';
import { printed } from './figure.ts';
import { foldBench } from './foldBench.ts';
import { holdBench } from './holdBench.ts';
import { hookBench } from './hookBench.ts';
import { largeBench } from './largeBench.ts';
import { loadBench } from './loadBench.ts';
import { machinesBench } from './machinesBench.ts';
import { machinesLoadBench } from './machinesLoadBench.ts';
import { modBench } from './modBench.ts';
import { panelBench } from './panelBench.ts';
import { pastBench } from './pastBench.ts';
import { replayBench } from './replayBench.ts';
import { runnerBench } from './runnerBench.ts';
import { sizeBench } from './sizeBench.ts';
import { soakBench } from './soakBench.ts';
import { timelineBench } from './timelineBench.ts';
import { transcriptBench } from './transcriptBench.ts';
import { worstBench } from './worstBench.ts';

const BENCHES: Record<string, () => Promise<void> | void> = {
  activation: activationBench,
  append: appendBench,
  backtest: backtestBench,
  board: boardBench,
  claude: claudeBench,
  cli: cliBench,
  fold: foldBench,
  large: largeBench,
  hold: holdBench,
  hook: hookBench,
  machines: machinesBench,
  machinesLoad: machinesLoadBench,
  mod: modBench,
  panel: panelBench,
  past: pastBench,
  replay: replayBench,
  runner: runnerBench,
  size: sizeBench,
  timeline: timelineBench,
  transcript: transcriptBench,
  worst: worstBench,
};

/** Minutes of load and logs of gigabytes: only by their names. */
const ON_REQUEST: Record<string, () => Promise<void> | void> = {
  cold: coldBench,
  load: loadBench,
  soak: soakBench,
};

const requested = process.argv.slice(2);
const all = { ...BENCHES, ...ON_REQUEST };
const unknown = requested.filter((name) => !(name in all));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(all).join(', ')}`);
  process.exit(2);
}
try {
  for (const [name, run] of Object.entries(requested.length === 0 ? BENCHES : all)) {
    if (requested.length > 0 && !requested.includes(name)) continue;
    const from = printed.length;
    const started = performance.now();
    const loadBefore = Number((loadavg()[0] ?? 0).toFixed(1));
    try {
      await run();
    } finally {
      const seconds = Math.round((performance.now() - started) / 1000);
      writeFigures(name, { seconds, loadBefore, figures: printed.slice(from) });
    }
  }
} finally {
  removeTempDirs();
}
