// Runs schedules of the simulation, in a process of their own: main.ts TEXT FROM COUNT [--first]. Prints one JSON line for each
// violation, with its least schedule, and one at the end with what was run. With --first it stops at the first violation.
import { readFileSync } from 'node:fs';
import { compilePrograms } from './programs.ts';
import { scheduleOf } from './schedule.ts';
import { describeSchedule, shrink } from './shrink.ts';
import { run } from './simulate.ts';

/** So many violations are enough to begin with. */
const MAX_VIOLATIONS = 3;

const [text = '', from = '1', count = '1', first] = process.argv.slice(2);
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const programs = compilePrograms(readFileSync(text, 'utf8'))();
// most errors of a simulated system are answers
Error.stackTraceLimit = 0;
const started = performance.now();
const startedCpu = process.cpuUsage();
let [schedules, violations, calls, processes] = [0, 0, 0, 0];
for (let seed = Number(from); seed < Number(from) + Number(count); seed++) {
  const { violation, world } = run(programs, scheduleOf(seed));
  schedules++;
  calls += world.machine.totalCalls;
  processes += world.facts.hooks.length + world.facts.commands.length;
  if (violation === undefined) continue;
  violations++;
  const isQuick = first === '--first';
  const least = isQuick ? undefined : describeSchedule(programs, shrink(programs, scheduleOf(seed), violation));
  print({ seed, ...violation, least });
  if (isQuick || violations >= MAX_VIOLATIONS) break;
}
const { user, system } = process.cpuUsage(startedCpu);
const cpuMs = (user + system) / 1000;
print({
  schedules,
  violations,
  calls,
  processes,
  ms: Math.round(performance.now() - started),
  cpuMs: Math.round(cpuMs),
});
