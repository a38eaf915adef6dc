import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, latchMet, pendingConditions } from '#core/fold/conditions.ts';
import { indexOf } from '#core/fold/foldIndex.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold } from './world.ts';

// What the fold looks up by name follows from the state: kept current line by line it is what is made of the state at once, and whatever
// waits ends with the line that lets it.

const worker = fc.constantFrom('W1', 'W2', 'W3', 'P1', 'P2', 'conductor');
const resource = fc.constantFrom('db', 'file:a', 'file:a/b', 'file:a/c');
const name = fc.constantFrom('x', 'y');
const condition = fc.oneof(
  fc.constantFrom('done:all', 'ok:all', 'done', 'ok', 'whatever'),
  worker.map((id) => `done:${id}`),
  worker.map((id) => `ok:${id}`),
  name.map((each) => `checkpoint:${each}`),
  resource.map((each) => `free:${each}`),
  name.map((each) => `decided:${each}`),
  name.map((each) => `agreed:${each}`),
  fc.nat(6).map((number) => `clear:B${number}`),
);
const until = fc.option(fc.array(condition, { minLength: 1, maxLength: 3 }), { nil: undefined });
const key = fc.constantFrom(undefined, undefined, 'k', 'l');
const hookEvent = fc.constantFrom('PreToolUse', 'Stop', 'PostToolUse');
const decision = fc.constantFrom('proceed', 'abort', 'later');
const untimed = fc.constantFrom({}, {}, {}, { ts: undefined, ttlMs: 5000 });

const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.record({
          t: fc.constant('hook'),
          worker,
          event: hookEvent,
          exit: fc.constantFrom(2, 2, 0, 1),
          message: name,
          until,
          key,
        }),
        untimed,
      )
      .map(([hook, more]) => ({ ...hook, ...more })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      t: fc.constant('unblock'),
      block: fc.oneof(
        fc.constant('all'),
        fc.nat(9).map((number) => `B${number}`),
      ),
      by: fc.oneof(worker, fc.constant('user')),
    }),
  },
  { weight: 3, arbitrary: fc.record({ t: fc.constant('exit'), worker, code: fc.constantFrom(0, 1) }) },
  { weight: 2, arbitrary: fc.record({ t: fc.constant('exit'), worker, lost: fc.constant(true) }) },
  { weight: 2, arbitrary: fc.record({ t: fc.constant('progress'), worker }) },
  {
    weight: 2,
    arbitrary: fc.record({
      t: fc.constant('spawn'),
      worker,
      task: name,
      kind: fc.constantFrom(undefined, undefined, 'session'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('done'), task: name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      t: fc.constant('acquire'),
      worker,
      resource,
      id: name,
      wait: fc.boolean(),
      mode: fc.constantFrom(undefined, 'shared'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ t: fc.constant('release'), worker, resource }) },
  { weight: 3, arbitrary: fc.record({ t: fc.constant('checkpoint'), worker, name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      t: fc.constant('ballot'),
      ballot: name,
      voters: fc.option(fc.subarray(['W1', 'W2', 'W3']), { nil: undefined }),
      quorum: fc.constantFrom(undefined, 1, 2),
    }),
  },
  { weight: 3, arbitrary: fc.record({ t: fc.constant('vote'), ballot: name, worker, decision }) },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('decide'), ballot: name, decision, by: fc.constant('user') }) },
  { weight: 4, arbitrary: fc.record({ t: fc.constant('watch'), worker, until }) },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('tell'), by: worker, to: worker, text: name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      t: fc.constant('denied'),
      block: fc.nat(5).map((number) => `B${number}`),
      tool: fc.constant('Stop'),
      agent: fc.constantFrom(undefined, 'a1'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      t: fc.constant('held'),
      block: fc.nat(5).map((number) => `B${number}`),
      tool: fc.constant('Bash'),
      id: name,
      ms: fc.constantFrom(undefined, 5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('turn'), state: fc.constantFrom('working', 'idle') }) },
  { weight: 1, arbitrary: fc.nat(30).map((line) => ({ t: 'delivered', ref: line * 100, hook: 'h' })) },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('end'), reason: fc.constantFrom('exit', 'clear') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      t: fc.constant('plan'),
      run: fc.constantFrom('R1', 'R2'),
      sha256: fc.constant('x'),
      rule: fc.constantFrom(undefined, 'r'),
      ask: fc.constantFrom(undefined, undefined, true),
      workers: fc
        .tuple(fc.option(fc.array(condition, { minLength: 1, maxLength: 2 }), { nil: undefined }), condition)
        .map(([after, guard]) => [
          { worker: 'P1', after },
          { worker: 'P2', after: ['ok:P1'], guard: [{ tool: 'Read', until: guard }] },
        ]),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      t: fc.constant('consent'),
      run: fc.constantFrom('R1', 'R2'),
      by: fc.constant('user'),
      decision: fc.constantFrom('start', 'refuse'),
    }),
  },
);

/** An index as plain text: its objects by their names, without what is empty. */
function plain(value: unknown): unknown {
  if (value instanceof Map) {
    const entries = [...value].map(([of, each]) => [nameOf(of), plain(each)] as const);
    return Object.fromEntries(entries.filter(([, each]) => !isEmpty(each)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (value instanceof Set || Array.isArray(value)) return [...value].map(nameOf).toSorted();
  return typeof value === 'object' ? nameOf(value) : value;
}
const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { id, worker: by, resource: of, name: called, pos, lock, acquire, token } = value as Record<string, unknown>;
  if (lock !== undefined) return `${nameOf(lock)} ${nameOf(acquire)}`;
  return [of, called, id, by, token, pos].flatMap((each) => (each === undefined ? [] : [each as string])).join(' ');
}

/** Whatever depends on a fact: one thing, or several. */
const listed = (dependents: ReadonlyMap<string, unknown>): Map<string, unknown> =>
  new Map([...dependents].map(([fact, of]) => [fact, of instanceof Set ? of : new Set([of])]));

function indexText(state: SessionState): object {
  const { dependents, abstentionsOf, ...rest } = indexOf(state);
  // nobody withdraws from a ballot that is decided
  const undecided = [...abstentionsOf].map(
    ([voter, ballots]) => [voter, new Set([...ballots].filter(({ decided }) => decided === undefined))] as const,
  );
  const parts = { ...rest, dependents: listed(dependents), abstentionsOf: new Map(undecided) };
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, plain(value)]));
}

const copyOf = (state: SessionState): SessionState =>
  decodeState(encodeState(state)) ?? expect.fail('it is not read again');

test('the index that is kept is the one that is made of the state, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 5, maxLength: 40 }), (events) => {
      const state = fold([]);
      for (const [i, each] of events.entries()) {
        fold([each], state, i);
        expect(indexText(state)).toEqual(indexText(copyOf(state)));
      }
    }),
    { numRuns: 40 },
  );
});

test('whatever waits ends with the line that lets it: to look at all of it again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 5, maxLength: 40 }), (events) => {
      const state = fold([]);
      for (const [i, each] of events.entries()) {
        fold([each], state, i);
        const copy = copyOf(state);
        const met = [...copy.blocks.values()].filter(
          ({ ended, until: conditions }) => ended === undefined && conditions.length > 0 && latchMet(copy, conditions),
        );
        expect(met.map(({ id }) => id)).toEqual([]);
        const watches = [...copy.watches].filter(
          ([, watch]) => watch.until.length > 0 && evaluate(copy, watch.until) !== 'pending',
        );
        expect(watches.map(([by]) => by)).toEqual([]);
        const planned = [...copy.workers.values()].filter(
          (each) => each.state === 'planned' && copy.runs.get(each.run ?? '')?.asks === undefined,
        );
        const failing = planned.filter(
          ({ id, after }) => evaluate(copy, pendingConditions(copy, after, id)) === 'impossible',
        );
        expect(failing.map(({ id }) => id)).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});
