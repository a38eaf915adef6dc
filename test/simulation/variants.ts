import type { Break } from './bundle.ts';

/** A deliberately broken version of the programs, and the invariants, one of which it violates. */
export interface Variant {
  name: string;
  breaks: Break[];
  invariants: string[];
  /** A seed that finds it. */
  known: number;
}

const one = (name: string, known: number, invariants: string[], file: string, from: string, to: string): Variant => ({
  name,
  known,
  invariants,
  breaks: [{ file, from, to }],
});

const PASSED = 'noCallPassedABlockThatStood';
const BEYOND = 'noBlockWithoutItsCauseOrBeyondItsEnd';
const ONCE = 'everyInformationIsToldAtMostOnce';
const TOLD = 'everyInformationIsToldAtLeastOnce';
const HOLDERS = 'neverTwoExclusiveHoldersByTheToken';
const QUORUM = 'noBallotAgainstItsQuorum';
const WORKERS = 'everyWorkerIsAccountedForOnce';
const OUTSIDE = 'noDeletionOutside';
const LEFT = 'noProcessIsLeft';
const FAILS = 'noProgramFails';
const JUNK = 'noJunkStaysAmongTheFlags';
const CACHES = 'theFoldFromScratchEqualsEveryCache';

/**
 * What the small worlds of `test/property/explore` find by trying every order (arming before appending, disarming what was not
 * read) is too rare among these schedules.
 */
export const VARIANTS: Variant[] = [
  one(
    'publishes without arming',
    19,
    [PASSED],
    'src/core/session/publish.ts',
    'append(dir, now, ...events);\n  armFor(dir, events);',
    'append(dir, now, ...events);',
  ),
  one(
    'appends without a line break before the line',
    97,
    [PASSED, TOLD, CACHES],
    'src/core/log/append.ts',
    'Buffer.from(`\\n${JSON.stringify({ ...maskedEvent(event)',
    'Buffer.from(`${JSON.stringify({ ...maskedEvent(event)',
  ),
  one(
    'writes at the beginning of the log instead of its end',
    1,
    [PASSED, TOLD, CACHES],
    'src/core/log/append.ts',
    'openFile(log, constants.O_WRONLY | constants.O_APPEND);',
    'openFile(log, constants.O_WRONLY);',
  ),
  one(
    'lets a held call pass when the time to hold it is over',
    59,
    [PASSED],
    'hooks/hold.ts',
    'return stopped.signal.aborted ? [] : blocks;',
    'return [];',
  ),
  one(
    'refuses only where the refusal can be written to the log',
    2050,
    [PASSED],
    'hooks/dispatch.ts',
    'session.tryPublish(\n      ...refusedBy',
    'session.publish(\n      ...refusedBy',
  ),
  one(
    'holds a block beyond its time',
    181,
    [BEYOND],
    'src/core/fold/queries.ts',
    '? block.open === undefined && (block.dueTs === undefined || now < block.dueTs)',
    '? block.open === undefined',
  ),
  one(
    'prints information without reading its claim back',
    2385,
    [ONCE],
    'src/core/session/claims.ts',
    'return note?.claim?.hook === hook && note.deliveredBy === undefined;',
    'return note !== undefined && hook !== undefined;',
  ),
  one(
    'does not confirm what it has printed',
    1,
    [ONCE],
    'hooks/sessionWriter.ts',
    'this.tryPublish(...deliveredEvents(confirmed, this.id));',
    'void deliveredEvents(confirmed, this.id);',
  ),
  one(
    'confirms before it prints',
    1,
    [TOLD],
    'hooks/dispatch.ts',
    'if (print(reply(event, answer, ctx.settings.answer))) session.confirmDelivery();',
    'session.confirmDelivery();\n    print(reply(event, answer, ctx.settings.answer));',
  ),
  one(
    'leaves a claim to a process that is gone',
    218,
    [TOLD],
    'src/core/session/claims.ts',
    'if (claim === undefined) return true;',
    'if (claim === undefined || now > 0) return claim === undefined;',
  ),
  one(
    'grants a lock beside its holder',
    1,
    [HOLDERS],
    'src/core/fold/locks.ts',
    'if (!lock.holders.every((holder) => isCompatible(holder, acquire))) return false;',
    'if (lock.holders.length > 1 && !lock.holders.every((holder) => isCompatible(holder, acquire))) return false;',
  ),
  one(
    'decides a ballot before its quorum',
    8,
    [QUORUM],
    'src/core/fold/ballots.ts',
    'if (cast < quorum || cast === 0) return;',
    'if (cast === 0) return;',
  ),
  one(
    'counts a tie as a decision',
    44,
    [QUORUM],
    'src/core/fold/ballots.ts',
    'if (leaderVotes > runnerUpVotes + outstanding)',
    'if (leaderVotes >= runnerUpVotes)',
  ),
  {
    name: 'starts a worker that another runner has claimed',
    known: 602,
    invariants: [WORKERS],
    breaks: [
      {
        file: 'src/core/workers/claim.ts',
        from: 'if (!makeClaim(workerPaths(dir, worker).claim)) return false;',
        to: 'makeClaim(workerPaths(dir, worker).claim);',
      },
      {
        file: 'src/runner/runWorker.ts',
        from: 'mayStart(log, home, worker) && claimWorker(dir, worker);',
        to: '(mayStart(log, home, worker) || known.state === "planned") && claimWorker(dir, worker);',
      },
    ],
  },
  one(
    'reports every end of a command as a good one',
    26,
    [WORKERS],
    'src/runner/workerExecution.ts',
    "return { t: 'exit', worker: this.#worker, code, signal, reason, lost, stderr: stderr || undefined };",
    "return { t: 'exit', worker: this.#worker, code: code === null ? null : 0, signal, reason, lost, stderr: stderr || undefined };",
  ),
  one(
    'does not report the end of a command',
    3,
    [WORKERS],
    'src/runner/runWorker.ts',
    'if (exit !== undefined) publisher.publish(exit);',
    '',
  ),
  one(
    'ends only the leader of a worker that is aborted',
    36,
    [LEFT],
    'src/core/workers/workerProcesses.ts',
    'const members = new Set(processesWith([`FERMATA_WORKER=${worker}`, `FERMATA_SESSION_DIR=${dir}`]));',
    'const members = new Set<number>(processesWith([`FERMATA_WORKER=${worker}`, `FERMATA_SESSION_DIR=${dir}`, "NONE=1"]));',
  ),
  one(
    'follows a link below its home',
    314,
    [OUTSIDE],
    'src/core/base/files/ownFolders.ts',
    "throw new UnexpectedFileError(folder, kindOf(stats), 'a folder');",
    'return;',
  ),
  one(
    'removes an old session without a look at who works in it',
    197,
    [OUTSIDE, TOLD],
    'src/core/session/deletion.ts',
    "if (mayBeRunning(entry.info)) return 'its Claude is there, or on another machine';",
    '',
  ),
  one(
    'keeps a snapshot of a part of the state',
    1,
    [CACHES],
    'src/core/session/snapshot.ts',
    '      log.completeActivity();\n',
    '',
  ),
  one(
    'keeps a snapshot with the position of what it has not folded',
    1,
    [CACHES, PASSED, TOLD],
    'src/core/session/sessionLog.ts',
    'return (this.snapshotPosition = snapshot?.position ?? 0);',
    'return (this.snapshotPosition = snapshot === undefined ? 0 : snapshot.position + 100);',
  ),
  one(
    'waits at a named pipe in the place of a file',
    6,
    [FAILS],
    'src/core/base/files/openFile.ts',
    'fd = openSync(path, flags | NO_FOLLOW | NO_WAIT, mode);',
    'fd = openSync(path, flags | NO_FOLLOW, mode);',
  ),
  one(
    'leaves what is no flag among the flags',
    2,
    [JUNK],
    'src/core/session/flags.ts',
    '    moveInto(paths.flags, raised.name, paths.setAside);\n',
    '',
  ),
  one(
    "takes a worker's line for the person's word",
    19,
    [PASSED],
    'src/cli/permission.ts',
    "if (typeof name === 'string') assertMaySpeakAs(state, origin, name);",
    "if (typeof name === 'string' && name !== 'user') assertMaySpeakAs(state, origin, name);",
  ),
  one(
    'counts the time of a line without one from a clock that is ahead',
    181,
    [BEYOND],
    'src/core/fold/reduce.ts',
    'if (event.ts === undefined && state.hookTs > 0) at.untimed = true;',
    '',
  ),
];
