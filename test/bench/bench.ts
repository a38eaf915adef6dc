/**
 * `npm run bench [-- NAME…]`: figures as one JSON object a line. Ratios of things timed in turn within this run; they
 * are to be read, not to be a test's verdict.
 */
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { activationBench } from './activationBench.ts';
import { appendBench } from './appendBench.ts';
import { boardBench } from './boardBench.ts';
import { claudeBench } from './claudeBench.ts';
import { cliBench } from './cliBench.ts';
import { foldBench } from './foldBench.ts';
import { holdBench } from './holdBench.ts';
import { hookBench } from './hookBench.ts';
import { largeBench } from './largeBench.ts';
import { machinesBench } from './machinesBench.ts';
import { modBench } from './modBench.ts';
import { panelBench } from './panelBench.ts';
import { pastBench } from './pastBench.ts';
import { replayBench } from './replayBench.ts';
import { runnerBench } from './runnerBench.ts';
import { sizeBench } from './sizeBench.ts';
import { timelineBench } from './timelineBench.ts';
import { transcriptBench } from './transcriptBench.ts';
import { worstBench } from './worstBench.ts';

const BENCHES: Record<string, () => Promise<void> | void> = {
  activation: activationBench,
  append: appendBench,
  board: boardBench,
  claude: claudeBench,
  cli: cliBench,
  fold: foldBench,
  large: largeBench,
  hold: holdBench,
  hook: hookBench,
  machines: machinesBench,
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

const requested = process.argv.slice(2);
const unknown = requested.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
try {
  for (const [name, run] of Object.entries(BENCHES))
    if (requested.length === 0 || requested.includes(name)) await run();
} finally {
  removeTempDirs();
}
