/** What a runner keeps of its worker's output on a disk that is full for a time. */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { Machine } from './kernel/machine.ts';
import { compilePrograms } from './programs.ts';
import { simulationFolder, writePrograms } from './shards.ts';

afterAll(() => rmSync(simulationFolder, { recursive: true, force: true }));

test('what could not be written is counted where it would stand', async () => {
  const { BoundedLog } = compilePrograms(readFileSync(await writePrograms(), 'utf8'))().parts;
  const machine = new Machine(() => 0.5);
  const { disk } = machine;
  disk.putFolder('/out');
  const main = (): void => {
    const log = new BoundedLog('/out/log', 4096);
    const write = (text: string, room: number): void => {
      disk.room = room;
      machine.fullUntil = Infinity;
      log.write(Buffer.from(text));
    };
    write('before ', Infinity);
    write('0123456789', 4);
    write('lost as well', 0);
    // not even the line that counts them fits
    write('and this', 3);
    write('after', Infinity);
    write('x'.repeat(7), 0);
    disk.room = Infinity;
    log.close();
  };
  machine.turn(machine.start({ kind: 'runner', argv: [], env: {}, main }));
  expect(machine.failures).toEqual([]);
  expect(disk.text('/out/log')).toBe(
    'before 0123\n[… 26 bytes could not be written …]\nafter\n[… 7 bytes could not be written …]\n',
  );
});
