import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { installMod, removeMod } from '#core/install/mod/modFolder.ts';
import { startClaude } from '#test/lib/claude.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { cpuWithChildrenMs } from './hostCpu.ts';
import { median, print, printRatio } from './figure.ts';

const CALLS = 60;
const ROUNDS = Number(process.env['FERMATA_BENCH_ROUNDS'] ?? 9);

const KINDS = ['without', 'with'] as const;
type Kind = (typeof KINDS)[number];

/** What the plugin in Claude Code costs: a session that reads sixty files, with it and without, on the newest Claude Code. */
export async function modBench(): Promise<void> {
  const samples: { at: number; cpu: number }[] = [];
  let pid = -1;
  const files = Object.fromEntries(Array.from({ length: CALLS }, (_, i) => [`file${i}.txt`, `the text of ${i}\n`]));
  const orchestra = await Orchestra.open(
    (turn) => {
      if (turn.index === 0 || turn.index === CALLS)
        samples.push({ at: performance.now(), cpu: cpuWithChildrenMs(pid) });
      if (turn.index === CALLS) return { text: 'done' };
      return { tools: [{ name: 'Read', input: { file_path: join(orchestra.project, `file${turn.index}.txt`) } }] };
    },
    { files, installedFor: 'newest' },
  );
  const { home, project, fermataHome } = orchestra;
  const place = { home: fermataHome, config: join(home, '.claude') };
  const module = readFileSync(homePaths(fermataHome).modModule, 'utf8');

  const session = async (kind: Kind): Promise<{ ms: number; cpu: number }> => {
    samples.length = 0;
    const { ok, message } = kind === 'with' ? installMod({ ...place, module, version: '1' }) : removeMod(place);
    if (!ok) throw new Error(message);
    const claude = startClaude({ cwd: project, home, modelUrl: orchestra.model.url, version: 'newest' });
    pid = claude.pid;
    const result = await claude.ask('read all of them', 120_000);
    const [first, last] = samples;
    if (first === undefined || last === undefined || result.result !== 'done')
      throw new Error(`the session ${kind} the plugin went astray: ${result.result} ${claude.stderr()}`);
    const ran = existsSync(sessionPaths(sessionDir(fermataHome, claude.sessionId())).mod);
    if (ran !== (kind === 'with')) throw new Error(`${kind}: the plugin was ${ran ? '' : 'not '}run`);
    await claude.end();
    return { ms: last.at - first.at, cpu: last.cpu - first.cpu };
  };

  const costs: Record<Kind, { ms: number; cpu: number }[]> = { without: [], with: [] };
  try {
    for (let round = -1; round < ROUNDS; round++)
      for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
        const cost = await session(kind);
        // the first round warms up files
        if (round >= 0) costs[kind].push(cost);
      }
  } finally {
    await orchestra.close();
  }
  for (const of of ['ms', 'cpu'] as const) {
    const [without, withIt] = KINDS.map((kind) => costs[kind].map((cost) => cost[of])) as [number[], number[]];
    const name = of === 'ms' ? 'mod' : 'mod-cpu';
    print({
      name: `${name}-per-call`,
      value: Number(((median(withIt) - median(without)) / CALLS).toFixed(2)),
      unit: 'ms',
    });
    printRatio(`${name}-with-to-without`, withIt, ['without', without]);
  }
}
