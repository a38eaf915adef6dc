import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '#test/lib/runtimes.ts';
import type { Figure } from '#test/bench/figure.ts';

/** What Fermata promises, the harness that holds it, and what that harness has counted last. */
interface Promised {
  promise: string;
  harness: string;
  /** What runs it, and writes its figures with `FERMATA_FIGURES=test/figures`. */
  command: string;
  figures: () => string;
}

/** What a harness has written; undefined where none has been kept. */
function kept(path: string): unknown {
  const file = join(repoRoot, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

const figuresOf = (harness: string): unknown => kept(`test/figures/${harness}.json`);
const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });
const day = ({ at }: { at: string }): string => at.slice(0, 10);
const NONE = 'none are kept yet';

/** Figures with the time of their run. */
type Kept<Figures> = (Figures & { at: string }) | undefined;

interface Simulated {
  schedules: number;
  violations: number;
  calls: number;
  processes: number;
}

function simulation(): string {
  const ran = figuresOf('simulation') as Kept<Simulated>;
  if (ran === undefined) return NONE;
  const { schedules, violations, processes, calls } = ran;
  return `${number(schedules)} schedules with ${number(processes)} hooks and commands and ${number(calls)} system calls: ${violations} violations (${day(ran)})`;
}

function variants(): string {
  const ran = figuresOf('simulation-variants') as Kept<{ variants: number; noticed: { seed?: number }[] }>;
  if (ran === undefined) return NONE;
  const seeds = ran.noticed.map(({ seed = Infinity }) => seed);
  return `${seeds.length} of ${ran.variants} found, the last one in ${number(Math.max(...seeds))} schedules (${day(ran)})`;
}

interface Played {
  orchestrations: number;
  hooks: number;
  commands: number;
  violations: number;
  mischief: Record<string, number>;
}

function orchestras(): string {
  const ran = figuresOf('orchestras') as Kept<Played>;
  if (ran === undefined) return NONE;
  const faults = Object.values(ran.mischief).reduce((sum, count) => sum + count, 0);
  return `${number(ran.orchestrations)} orchestras with ${number(ran.hooks)} hooks and ${number(ran.commands)} commands, ${number(faults)} kills and other faults: ${ran.violations} violations (${day(ran)})`;
}

function chaos(): string {
  const ran = figuresOf('machinesChaos') as Kept<{ sums: Record<string, number> }>;
  if (ran === undefined) return NONE;
  const counted = Object.entries(ran.sums).map(([what, count]) => `${what} ${number(count)}`);
  return `${counted.join(', ')}: no violation (${day(ran)})`;
}

function fuzzed(): string {
  const tried = kept('test/fuzz/inputs.json') as { total: number; targets: Record<string, number> } | undefined;
  if (tried === undefined) return NONE;
  return `${number(tried.total)} inputs of ${Object.keys(tried.targets).length} kinds so far`;
}

interface Score {
  score: number;
  mutants: number;
  tried: { files: number; of: number };
}

function mutants(): string {
  const scores = kept('test/mutation/scores.json') as Record<string, Score> | undefined;
  if (scores === undefined) return NONE;
  return Object.entries(scores)
    .map(
      ([folder, { score, mutants, tried }]) =>
        `\`${folder}\` ${score} % of ${number(mutants)} (${tried.files} of ${tried.of} files)`,
    )
    .join(', ');
}

/** Figures of a benchmark beside their limits. */
function bench(name: string): string {
  const ran = figuresOf(name) as Kept<{ figures: Figure[] }>;
  if (ran === undefined) return NONE;
  const limited = ran.figures.filter(({ limit }) => limit !== undefined);
  const within = limited.filter(({ ok }) => ok === true).length;
  const beyond = limited
    .filter(({ ok }) => ok !== true)
    .map(({ name, value, limit }) => `${name} ${value} of ${limit}`);
  const rest = beyond.length === 0 ? '' : `; beyond it: ${beyond.join(', ')}`;
  return `${within} of ${limited.length} figures within their limits${rest} (${day(ran)})`;
}

const PROMISED: readonly Promised[] = [
  {
    promise:
      'No call passes a block that stands. A refusal names a block that stands. Each worker is accounted for once. What is for somebody is delivered at least once, and at most once where it was printed. A lock has one holder. A ballot keeps its quorum. Nothing outside is deleted. No process is left. Each cache equals the log.',
    harness: '`test/simulation`: the real programs on a simulated machine, with faults between any two system calls',
    command: 'npx vitest run --project long test/simulation/simulation.test.ts',
    figures: simulation,
  },
  {
    promise: 'That simulation finds a fault where there is one.',
    harness: '`test/simulation/variants.ts`: lines that are broken on purpose',
    command: 'npx vitest run --project long test/simulation/variants.test.ts',
    figures: variants,
  },
  {
    promise: 'The same of real programs on a real machine.',
    harness:
      '`test/processes/orchestras.test.ts`: whole sessions, while anything is killed, stopped, taken away or replaced',
    command: 'npx vitest run --project long test/processes/orchestras.test.ts',
    figures: orchestras,
  },
  {
    promise:
      'On several machines a lock has one holder, each word counts once, and copies are equal to the log, byte by byte.',
    harness:
      '`test/long/machinesChaos.test.ts`: bridges, servers and leaders are killed, stores wiped and set back, by seed',
    command: 'npx vitest run --project long test/long/machinesChaos.test.ts',
    figures: chaos,
  },
  {
    promise: 'Whatever comes from outside makes no reader fail, hang or fill the memory.',
    harness: '`test/fuzz`: inputs that are changed until they reach other branches, each kind with its oracle',
    command: 'npm run fuzz -- --minutes 10',
    figures: fuzzed,
  },
  {
    promise: 'A change of a line that matters is noticed by a test.',
    harness:
      '`test/mutation`: each small change of fold, policy, hooks and install; those that change nothing are named in `test/mutation/equivalent.txt`',
    command: 'npm run test:mutation',
    figures: mutants,
  },
  {
    promise:
      'Gate, hooks and fold take as long with other machines as without, and words go as fast as their parts allow.',
    harness: '`test/bench/machinesBench.ts`, `test/bench/machinesLoadBench.ts`',
    command: 'npm run bench -- machines machinesLoad',
    figures: () => [bench('machines'), bench('machinesLoad')].filter((text) => text !== NONE).join('; ') || NONE,
  },
  {
    promise:
      'A thousand workers with 5,000 lines a second, sessions that come and go for an hour, and logs of millions of lines slow nothing that a person waits for, and leave nothing behind.',
    harness: '`test/bench/loadBench.ts`, `test/bench/soakBench.ts`, `test/bench/coldBench.ts`',
    command: 'FERMATA_BENCH_SECONDS=600 npm run bench -- load soak cold',
    figures: () => ['load', 'soak', 'cold'].map((name) => `${name}: ${bench(name)}`).join('; '),
  },
];

/** docs/reliability.md: what the harnesses have counted last, as their runs have written it. */
export function reliabilityPage(): string {
  return [
    '# Reliability',
    '<!-- made by `npm run docs` from test/docs/reliabilityPage.ts and test/figures -->',
    'What Fermata promises, what holds it, and what that has counted last. Each command below writes its figures when `FERMATA_FIGURES=test/figures` is set; `npm run docs` makes this page of them.',
    [
      '| promise | held by | counted last |',
      '|---|---|---|',
      ...PROMISED.map(({ promise, harness, figures }) => `| ${promise} | ${harness} | ${figures()} |`),
    ].join('\n'),
    '## How each is run',
    ['```', ...PROMISED.map(({ command }) => command), '```'].join('\n'),
    'That each of these can fail is tried as well: `test/long/brokenPrograms.test.ts`, `test/long/faults.test.ts` and `test/long/mutations.test.ts` break the programs in a copy, and the harness has to notice. How the tests are made is in [testing.md](testing.md).',
  ]
    .join('\n\n')
    .concat('\n');
}
