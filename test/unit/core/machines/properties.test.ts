import { afterEach, expect, test } from 'vitest';
import fc from 'fast-check';
import { tempDir } from '#test/lib/tempDir.ts';
import { faultsOf, NO_FAULTS, SEAT, Simulation } from './simulation.ts';

const MACHINES = [SEAT, 'gpu1', 'gpu2'];
const machine = fc.constantFrom(...MACHINES);
const elsewhere = fc.constantFrom('gpu1', 'gpu2');

let last: Simulation | undefined;
afterEach(() => last?.stop());

const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('write' as const), machine, lines: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.constantFrom(1, 5, 50, 500, 6000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), machine }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const), machine }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), machine, isCut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('server' as const), isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('setBack' as const), to: fc.nat({ max: 20 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('blank' as const), machine, text: fc.constantFrom('\n', '\n\n', ' \n') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('torn' as const), machine: elsewhere }) },
  // a second bridge of the seat that has not yet seen what the first one has appended
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), lines: fc.integer({ min: 1, max: 9 }) }) },
);

test('whatever is lost, doubled, delayed, forgotten or killed: copies are prefixes of the log, and each line of a machine counts once, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(command, { minLength: 5, maxLength: 40 }), async (seed, commands) => {
      const root = tempDir('machines');
      const sim = new Simulation(root, MACHINES, faultsOf(seed));
      last = sim;
      const written = new Map<string, string[]>(MACHINES.map((each) => [each, []]));
      for (const each of MACHINES) sim.start(each);
      const expectPrefixes = (): void => {
        const log = sim.log();
        for (const each of ['gpu1', 'gpu2']) {
          const copy = sim.copy(each);
          expect(log.subarray(0, copy.length).equals(copy), `the copy of ${each} is no prefix`).toBe(true);
        }
      };
      for (const each of commands) {
        if (each.kind === 'run') await sim.run(each.ms);
        else if (each.kind === 'write') {
          for (let i = 0; i < each.lines; i++) {
            const lines = written.get(each.machine)!;
            const message = `${each.machine} ${lines.length}${'.'.repeat(lines.length % 7)}`;
            lines.push(message);
            sim.write(each.machine, { t: 'log', level: 'info', message });
          }
          sim.look(each.machine);
        } else if (each.kind === 'blank') {
          sim.writeRaw(each.machine, each.text);
          sim.look(each.machine);
        } else if (each.kind === 'again') {
          const taken = sim
            .log()
            .toString()
            .split('\n')
            .filter((line) => line.includes('"via"'));
          sim.writeRaw(
            SEAT,
            taken
              .slice(-each.lines)
              .map((line) => `\n${line}\n`)
              .join(''),
          );
          sim.look(SEAT);
        } else if (each.kind === 'torn') sim.writeRaw(each.machine, '{"t":"lo');
        else if (each.kind === 'crash') sim.crash(each.machine);
        else if (each.kind === 'start') {
          if (sim.bridges(each.machine).length < 2) sim.start(each.machine);
        } else if (each.kind === 'cut') {
          for (const { link } of sim.bridges(each.machine)) {
            if (each.isCut) link.isCut = true;
            else link.heal();
          }
        } else if (each.kind === 'server') {
          for (const { link } of sim.bridges()) link.change(each.isUp ? 'connected' : 'disconnected');
        } else sim.server.setBack(each.to);
        expectPrefixes();
      }
      Object.assign(sim.server.faults, NO_FAULTS);
      for (const { link } of sim.bridges()) {
        link.heal();
        link.change('connected');
      }
      for (const each of MACHINES) if (!sim.isUp(each)) sim.start(each);
      // what was torn is ended by the next line
      for (const each of MACHINES) {
        written.get(each)!.push(`${each} last`);
        sim.write(each, { t: 'log', level: 'info', message: `${each} last` });
        sim.look(each);
      }
      const isEqual = (): boolean =>
        MACHINES.every((each) => sim.folded().messages.includes(`${each} last`)) &&
        ['gpu1', 'gpu2'].every((each) => sim.log().equals(sim.copy(each)));
      expect(await sim.until(isEqual), 'all have all').toBe(true);
      const { messages } = sim.folded();
      for (const each of MACHINES)
        expect(messages.filter((text) => text.startsWith(`${each} `))).toEqual(written.get(each));
      expect(sim.unsynced).toEqual([]);
      expect(sim.errors).toEqual([]);
      sim.stop();
    }),
    { numRuns: 30 },
  );
}, 120_000);
