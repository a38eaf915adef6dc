import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COUNTS } from '#core/fold/limits.ts';
import type { Decision, SessionState } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const vote = (worker: string, decision: string, ballot = 'ship'): object => ({
  t: 'vote',
  worker,
  decision,
  ballot,
});
const exit = (worker: string, how: object = { code: 0 }): object => ({ t: 'exit', worker, ...how });
const decided = (state: SessionState, name = 'ship'): Decision | undefined => state.ballots.get(name)?.decided;
/** What Claude gets about the votes, and what holds its turn. */
const texts = (state: SessionState): string[] => [
  ...[...state.notes.values()].map(({ text }) => text),
  ...[...state.blocks.values()].map(({ text, event }) => `${event}: ${text}`),
];

type Rule = 'majority' | 'unanimous' | number;
type Cast = readonly (string | undefined)[];

/** What becomes of a ballot when everybody has voted or abstained (undefined), by the words of docs/protocol.md. */
function outcome(rule: Rule, quorum: number, all: Cast): string {
  const votes = all.filter((decision) => decision !== undefined);
  if (votes.length < Math.max(1, quorum)) return 'abort';
  const count = (decision: string): number => votes.filter((each) => each === decision).length;
  if (rule === 'majority') {
    const most = Math.max(...votes.map(count));
    const leaders = new Set(votes.filter((decision) => count(decision) === most));
    return leaders.size === 1 ? (votes.find((decision) => leaders.has(decision)) ?? '') : 'abort';
  }
  const share = rule === 'unanimous' ? 1 : rule;
  return count('proceed') > 0 && count('proceed') >= share * votes.length ? 'proceed' : 'abort';
}

const CHOICES = ['proceed', 'abort', 'later'];
/** All ways in which the last `left` voters could still vote. */
const completions = (cast: Cast, left: number): Cast[] =>
  left === 0 ? [cast] : CHOICES.flatMap((decision) => completions([...cast, decision], left - 1));

describe('a ballot', () => {
  const rule = fc.constantFrom<Rule>('majority', 'unanimous', 0, 0.5, 2 / 3, 1);
  const casts = fc.array(fc.constantFrom(...CHOICES, undefined), { minLength: 1, maxLength: 5 });

  test('is decided by all votes as its rule has it, and never earlier than when nobody could change that', () => {
    fc.assert(
      fc.property(rule, fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }), casts, (rule, quorum, all) => {
        const voters = all.map((_, i) => `W${i + 1}`);
        const needed = quorum ?? Math.floor(voters.length / 2) + 1;
        const state = fold([...started(all.length), { t: 'ballot', ballot: 'ship', voters, quorum, rule }]);
        const final = outcome(rule, needed, all);
        for (const [i, decision] of all.entries()) {
          const worker = voters[i] ?? '';
          if (decided(state) === undefined)
            fold([decision === undefined ? exit(worker) : vote(worker, decision)], state, 20 + i);
          const now = decided(state)?.decision;
          if (now !== undefined) {
            const left = all.length - i - 1;
            const possible = completions(all.slice(0, i + 1), left).map((each) => outcome(rule, needed, each));
            expect(new Set(possible)).toEqual(new Set([now]));
            return;
          }
        }
        expect(decided(state)?.decision).toBe(final);
      }),
      { numRuns: 300 },
    );
  });

  /** Three voters, quorum 2: the votes at which it is decided, and the one before which it was not. */
  test.each<[Rule, string[], Partial<Decision>]>([
    ['majority', ['proceed', 'proceed'], { decision: 'proceed', why: '2 proceed; quorum 2' }],
    ['majority', ['later', 'abort', 'later'], { decision: 'later', why: '2 later, 1 abort; quorum 2' }],
    ['majority', ['proceed', 'abort', 'later'], { decision: 'abort', why: 'a tie: 1 proceed, 1 abort, 1 later' }],
    ['unanimous', ['proceed', 'proceed', 'proceed'], { decision: 'proceed', why: '3 proceed; all needed' }],
    ['unanimous', ['proceed', 'abort'], { decision: 'abort', why: '1 proceed, 1 abort; all needed' }],
    [0.5, ['proceed', 'proceed'], { decision: 'proceed', why: '2 proceed; 50 % needed' }],
    [0.5, ['abort', 'later'], { decision: 'abort', why: '1 abort, 1 later; 50 % needed' }],
    [0.5, ['abort', 'proceed', 'proceed'], { decision: 'proceed', why: '2 proceed, 1 abort; 50 % needed' }],
    [2 / 3, ['proceed', 'later', 'proceed'], { decision: 'proceed', why: '2 proceed, 1 later; 67 % needed' }],
    [0, ['later', 'later', 'later'], { decision: 'abort', why: '3 later; 0 % needed' }],
  ])('by the rule %j is decided by %j, and not before the last of them', (rule, votes, decision) => {
    const state = fold([{ t: 'ballot', ballot: 'ship', voters: ['W1', 'W2', 'W3'], quorum: 2, rule }]);
    for (const [i, each] of votes.entries()) {
      expect(decided(state)).toBeUndefined();
      fold([vote(`W${i + 1}`, each)], state, 10 + i);
    }
    expect(decided(state)).toEqual({ ...decision, pos: 900 + votes.length * 100, ts: T0 + (9 + votes.length) * 1000 });
  });

  test('without a list of voters is over with its quorum; without a quorum, too, it is only tallied', () => {
    const open = { t: 'ballot', ballot: 'ship', quorum: 2 };
    const one = fold([open, vote('W1', 'proceed')]);
    expect(decided(one)).toBeUndefined();
    expect(decided(fold([vote('W2', 'proceed')], one, 10))?.decision).toBe('proceed');
    expect(decided(fold([open, vote('W1', 'proceed'), vote('W2', 'abort')]))?.why).toBe('a tie: 1 proceed, 1 abort');
    const votes = many(9, (i) => vote(`W${i}`, 'proceed'));
    expect(decided(fold([{ t: 'ballot', ballot: 'ship' }, ...votes]))).toBeUndefined();
  });

  test('of an even number of voters needs more than half of them', () => {
    const state = fold([{ t: 'ballot', ballot: 'ship', voters: ['W1', 'W2', 'W3', 'W4'], rule: 0 }]);
    fold([vote('W1', 'proceed'), vote('W2', 'proceed')], state, 10);
    expect(decided(state)).toBeUndefined();
    expect(decided(fold([vote('W3', 'proceed')], state, 20))?.decision).toBe('proceed');
  });

  test('counts those who ended before it was opened, but for their votes', () => {
    const early = vote('W1', 'proceed');
    const open = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2', 'W3'], quorum: 1, rule: 'unanimous' };
    const state = fold([...started(3), early, exit('W1'), exit('W2'), open]);
    expect(state.ballots.get('ship')).toMatchObject({ abstained: ['W2'] });
    expect([...(state.ballots.get('ship')?.votes.keys() ?? [])]).toEqual(['W1']);
    expect(decided(state)).toBeUndefined();
    expect(decided(fold([vote('W3', 'proceed')], state, 20))?.why).toBe('2 proceed; all needed');
  });

  test('waits again for one that was lost and is back, and for no other', () => {
    const lost = ['W1', 'W2'].map((worker) => exit(worker, { lost: true }));
    const open = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2', 'W3', 'W4'], quorum: 1 };
    const state = fold([...started(4), open, ...lost]);
    expect(state.ballots.get('ship')?.abstained).toEqual(['W1', 'W2']);
    fold([{ t: 'progress', worker: 'W2' }], state, 20);
    expect(state.ballots.get('ship')?.abstained).toEqual(['W1']);
    // of a decided one nothing changes
    fold([vote('W3', 'proceed'), vote('W4', 'proceed'), { t: 'progress', worker: 'W1' }], state, 30);
    expect(state.ballots.get('ship')).toMatchObject({ abstained: ['W1'], decided: { decision: 'proceed' } });
  });

  test('of which a lost voter was one of several is decided by the others, one after the other in the order of the log', () => {
    const names = ['b', 'a', 'd', 'c'];
    const open = names.map((ballot) => ({ t: 'ballot', ballot, voters: ['W1', 'W2'], quorum: 1 }));
    const votes = names.map((ballot) => vote('W1', 'proceed', ballot));
    const state = fold([...started(2), ...open, ...votes, exit('W2')]);
    expect(texts(state)).toEqual(names.map((name) => `Consensus on ${name}: proceed (1 proceed; quorum 1)`));
  });

  test('of one plan with others is decided after those whose names are before its own', () => {
    const names = ['b', 'c', 'a'];
    const ballots = names.map((ballot) => ({ ballot, voters: ['W1', 'W2'], quorum: 1 }));
    const plan = { t: 'plan', run: 'R9', sha256: 'x', workers: [], ballots };
    const votes = names.map((ballot) => vote('W1', 'proceed', ballot));
    const state = fold([...started(2), plan, ...votes, exit('W2')]);
    expect(texts(state).map((text) => text.slice(0, 'Consensus on a'.length))).toEqual(
      ['a', 'b', 'c'].map((name) => `Consensus on ${name}`),
    );
  });

  test('that is decided is told: what proceeds informs Claude, an abort holds its turn', () => {
    const decide = (decision: string, ballot: string) => ({ t: 'decide', ballot, decision, by: 'user' });
    expect(texts(fold([decide('proceed', 'ship'), decide('abort', 'land'), decide('later', 'default')]))).toEqual([
      'Consensus on ship: proceed (decided by user)',
      'Consensus: later (decided by user)',
      'Stop: Consensus on land: abort (decided by user)',
    ]);
    expect(fold([{ t: 'vote', worker: 'W1', decision: 'proceed' }]).ballots.get('default')?.votes.size).toBe(1);
  });

  test('that is decided stays so, until it is opened again: then nothing of the first counts', () => {
    const open = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2'], quorum: 2 };
    const state = fold([open, vote('W1', 'proceed'), vote('W2', 'proceed'), vote('W2', 'abort')]);
    fold([{ t: 'decide', ballot: 'ship', decision: 'abort', by: 'user' }], state, 10);
    expect(decided(state)).toMatchObject({ decision: 'proceed', pos: 200 });
    expect(state.ballots.get('ship')?.votes.get('W2')?.decision).toBe('proceed');
    fold([open, vote('W1', 'abort')], state, 20);
    expect(decided(state)).toBeUndefined();
    // while it is open a second opening changes nothing
    fold([{ ...open, voters: ['W9'] }], state, 30);
    expect(state.ballots.get('ship')?.voters).toEqual(['W1', 'W2']);
    expect([...(state.ballots.get('ship')?.votes.keys() ?? [])]).toEqual(['W1']);
  });

  test('is closed by its deadline alone: not early, not by the one of an earlier ballot, and with the votes so far', () => {
    const expire = (ts: number, seen = 0): object => ({ t: 'expire', what: 'ballot', ref: 'ship', seen, ts: T0 + ts });
    const open = { t: 'ballot', ballot: 'ship', quorum: 9, deadlineMs: 2000 };
    const state = fold([open, vote('W1', 'proceed'), vote('W2', 'proceed'), expire(1999), expire(9000, 100)]);
    expect(decided(state)).toBeUndefined();
    // nothing of a report that was not early
    expect(state.ballots.get('ship')).not.toHaveProperty('reports');
    fold([expire(5000)], state, 5);
    expect(decided(state)).toMatchObject({ decision: 'abort', why: 'its deadline passed' });
    expect(state.notices.map(({ text }) => text)).toEqual([
      'The vote ship was closed at its deadline with 2 votes cast: abort',
    ]);
    fold([expire(9000)], state, 6);
    expect(state.notices).toHaveLength(1);
  });

  test('holds what a person can look through: names, voters and votes are bounded, and what is beyond is counted', () => {
    const full = fold(many(COUNTS.ballots + 2, (i) => vote('W1', 'proceed', `b${i}`)));
    expect(full.ballots.size).toBe(COUNTS.ballots);
    expect([...full.damaged]).toEqual([[`left out: more than ${COUNTS.ballots} ballots`, 2]]);
    const votes = many(COUNTS.voters + 2, (i) => vote(`v${i}`, 'proceed'));
    const crowd = fold([...votes, vote('v0', 'abort')]);
    expect(crowd.ballots.get('ship')?.votes.size).toBe(COUNTS.voters);
    expect(crowd.ballots.get('ship')?.votes.get('v0')?.decision).toBe('abort');
    expect([...crowd.damaged]).toEqual([[`left out: more than ${COUNTS.voters} votes on a ballot`, 2]]);
    const voters = many(COUNTS.voters + 1, (i) => `v${i}`);
    const large = fold([{ t: 'ballot', ballot: 'ship', voters }]);
    expect([...large.damaged]).toEqual([[`left out: a ballot of more than ${COUNTS.voters} voters`, 1]]);
    expect(fold([{ t: 'ballot', ballot: 'ship', voters: voters.slice(1) }]).ballots.get('ship')?.opened).toBe(true);
  });

  test('counts no vote of others, nor of a worker that has ended, and each voter once', () => {
    const open = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2', 'W3'], quorum: 3 };
    const state = fold([...started(3), open, vote('W9', 'proceed'), exit('W3'), vote('W3', 'proceed')]);
    expect([...(state.ballots.get('ship')?.votes.keys() ?? [])]).toEqual([]);
    expect(state.ballots.get('ship')?.abstained).toEqual(['W3']);
    const four = { ...open, voters: ['W1', 'W2', 'W3', 'W4'] };
    const voted = fold([
      ...started(4),
      four,
      vote('W1', 'proceed'),
      exit('W1'),
      exit('W2', { lost: true }),
      exit('W2'),
    ]);
    expect(voted.ballots.get('ship')).toMatchObject({ abstained: ['W2'], opened: true });
  });

  test('is not decided by its opening, whatever its quorum', () => {
    const state = fold([{ t: 'ballot', ballot: 'ship', quorum: 0 }]);
    expect(decided(state)).toBeUndefined();
    expect(decided(fold([vote('W1', 'later')], state, 10))?.decision).toBe('later');
  });

  test('has its question, and each vote its reason, as far as a person reads them', () => {
    const open = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2'], question: 'Ship it?', by: 'W2' };
    const state = fold([open, { ...vote('W1', 'proceed'), reason: 'tests pass' }]);
    expect(state.ballots.get('ship')).toMatchObject({ question: 'Ship it?', by: 'W2' });
    expect(state.ballots.get('ship')?.votes.get('W1')).toEqual({ decision: 'proceed', pos: 100, reason: 'tests pass' });
    const long = fold([
      { ...open, question: '?'.repeat(20_000) },
      { ...vote('W1', 'proceed'), reason: '!'.repeat(20_000) },
    ]);
    expect(long.ballots.get('ship')?.question?.length).toBeLessThan(9000);
    expect(long.ballots.get('ship')?.votes.get('W1')?.reason?.length).toBeLessThan(9000);
    expect(
      fold([vote('W1', 'proceed')])
        .ballots.get('ship')
        ?.votes.get('W1'),
    ).not.toHaveProperty('reason');
  });

  test('is decided by whom it names: the person, or whose vote was the last; else by the first of its voters', () => {
    const open = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2'], quorum: 2 };
    const decide = (decision: string, name = 'ship') => ({ t: 'decide', ballot: name, decision, by: 'user' });
    const told = (...log: object[]) => [...fold(log).notes.values()].map(({ worker }) => worker);
    const held = (...log: object[]) => [...fold(log).blocks.values()].map(({ worker, cause }) => [worker, cause]);
    const cause = { kind: 'ballot', ballot: 'ship' };
    expect(told(open, vote('W2', 'proceed'), vote('W1', 'proceed'))).toEqual(['W1']);
    expect(told(decide('proceed'))).toEqual(['user']);
    expect(decided(fold([decide('proceed')]))?.by).toBe('user');
    expect(fold([decide('proceed')]).ballots.get('ship')?.opened).toBe(true);
    expect(held(open, vote('W1', 'abort'), vote('W2', 'abort'))).toEqual([['W2', cause]]);
    expect(held(decide('abort'))).toEqual([['user', cause]]);
    expect(held({ ...open, quorum: 9 })).toEqual([['W1', cause]]);
    const expire = { t: 'expire', what: 'ballot', ref: 'ship', seen: 0, ts: T0 + 9000 };
    expect(held({ t: 'ballot', ballot: 'ship', quorum: 9, deadlineMs: 1000 }, expire)).toEqual([['conductor', cause]]);
  });

  test('that is decided in whatever way ends what waits for that', () => {
    const block = { t: 'hook', worker: 'gate', event: 'PreToolUse', exit: 2 };
    const watch = { t: 'watch', worker: 'gate', until: 'decided:ship' };
    const decide = (decision: string) => ({ t: 'decide', ballot: 'ship', decision, by: 'user' });
    const ended = (decision: string) =>
      [
        ...fold([
          { ...block, until: 'decided:ship' },
          { ...block, until: 'agreed:ship' },
          watch,
          decide(decision),
        ]).blocks.values(),
      ]
        .filter(({ worker }) => worker === 'gate')
        .map(({ ended: end }) => end?.how);
    expect(ended('proceed')).toEqual(['until', 'until']);
    expect(ended('later')).toEqual(['until', undefined]);
    expect(ended('abort')).toEqual([undefined, undefined]);
    // also a block that begins when it is decided already
    const after = fold([decide('abort'), { ...block, until: 'decided:ship' }, decide('later')]);
    expect(after.blocks.get('B2')?.ended).toBeUndefined();
  });
});
