import { expect, test } from 'vitest';
import { Presence } from '#bridge/presence.ts';
import { NO_FAULTS } from '#test/unit/core/machines/simulation.ts';
import { MemoryServer, type MemoryLink } from '#test/unit/core/machines/memoryLink.ts';

/** A server that delivers at once. */
const server = (): MemoryServer =>
  new MemoryServer(
    (_ms, run) => {
      run();
      return { cancel: () => undefined };
    },
    { ...NO_FAULTS },
  );

const presence = (link: MemoryLink, name: string): Presence =>
  new Presence({ link, space: 't', name, version: '1', sessions: () => [], known: [] });

test('of two machines with the same name each names that, and a third one does not', () => {
  const { connect } = named(server());
  const [one, two, gpu] = [connect('laptop'), connect('laptop'), connect('gpu1')];
  for (const each of [one, two, gpu]) each.publish();
  for (const each of [one, two])
    expect(each.problem).toContain('another machine is called laptop as well, so words for one of them go astray');
  expect(gpu.problem).toBeUndefined();
  expect(gpu.machines.map(({ name }) => name)).toEqual(['laptop']);
});

test('a machine that hears itself alone has no problem', () => {
  const { connect } = named(server());
  const laptop = connect('laptop');
  laptop.publish();
  expect(laptop.problem).toBeUndefined();
});

test('where more machines have come than are remembered, a new one takes the place of the one that was heard first', () => {
  const { connect, hear } = named(server());
  const laptop = connect('laptop');
  for (let n = 0; n < 1000; n++) hear(`pod${n}`);
  hear('pod0');
  hear('fresh');
  const names = laptop.machines.map(({ name }) => name);
  expect(names).toHaveLength(1000);
  expect(names).toEqual(expect.arrayContaining(['pod0', 'fresh']));
  expect(names).not.toContain('pod1');
});

function named(of: MemoryServer): { connect: (name: string) => Presence; hear: (name: string) => void } {
  return {
    connect: (name) => presence(of.connect(), name),
    hear: (name) => of.connect().send(`fermata.t.here.${name}`, JSON.stringify({ now: Date.now(), sessions: [] })),
  };
}
