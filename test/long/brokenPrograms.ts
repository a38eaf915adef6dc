/**
 * Programs with a fault on purpose, each of which whole orchestras must show within a few hundred: in `file` the only place
 * that reads `from` is made to read `to`.
 */
export const BROKEN_PROGRAMS: readonly { name: string; file: string; from: string; to: string }[] = [
  {
    name: 'a claim is not read back',
    file: 'hooks/sessionWriter.ts',
    from: 'const ours = claimedNotes(this, notes);',
    to: 'const ours = claimedNotes(this, notes).length < 0 ? [] : notes;',
  },
  {
    name: 'the claim of a killed process is never over',
    file: 'src/core/session/claims.ts',
    from: 'if (isLiving === false) return true;',
    to: 'if (isLiving === false) return false;',
  },
  {
    name: 'a delivery is not confirmed',
    file: 'hooks/sessionWriter.ts',
    from: 'this.tryPublish(...deliveredEvents(confirmed, this.id));',
    to: 'this.tryPublish(...deliveredEvents(confirmed, this.id).slice(0, 0));',
  },
  {
    name: 'a snapshot counts for whatever log is there',
    file: 'src/core/session/snapshot.ts',
    from: 'fstatSync(fd).size >= position && JSON.stringify(marks) === JSON.stringify(fingerprintTexts(fd, position));',
    to: 'fstatSync(fd).size >= 0 && position >= 0 && marks !== null;',
  },
  {
    name: 'a spoilt snapshot is used',
    file: 'src/core/session/snapshot.ts',
    from: 'if (stateSum !== checksum(position, encoded)) return undefined;',
    to: 'if (stateSum === null) return undefined;',
  },
  {
    name: 'an abort signals the worker alone, and does not look whether it has ended',
    file: 'src/core/workers/killWorker.ts',
    from: "signalMembers(target, 'SIGTERM');\n  if (await waitUntilGone(target, graceMs)) return [];",
    to: "if (target.pid !== undefined) signalAll([target.pid], 'SIGKILL');\n  if (graceMs > 0) return [];",
  },
  {
    name: 'a worker is claimed by whoever wants it',
    file: 'src/core/base/processClaim.ts',
    from: "if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;",
    to: "if ((error as NodeJS.ErrnoException).code === 'EEXIST') return true;",
  },
  {
    name: 'a worker whose runner is gone is left alone',
    file: 'src/core/workers/lostWorkers.ts',
    from: "return runnerState(dir, worker.id, now) === 'gone' && isAlive(pid, startTime, host) === true;",
    to: "return runnerState(dir, worker.id, now) === 'gone' && isAlive(pid, startTime, host) === undefined;",
  },
  {
    name: 'what is published is not armed',
    file: 'src/core/session/publish.ts',
    from: 'append(dir, now, ...events);\n  armFor(dir, events);',
    to: 'append(dir, now, ...events);\n  if (events.length === 0) armFor(dir, events);',
  },
  {
    name: 'a lock is granted while another one holds it',
    file: 'src/core/fold/locks.ts',
    from: 'if (!lock.holders.every((holder) => isCompatible(holder, acquire))) return false;',
    to: 'if (lock.holders.length < 0) return false;',
  },
  {
    name: 'one vote decides',
    file: 'src/core/fold/ballots.ts',
    from: 'if (leaderVotes > runnerUpVotes + outstanding)',
    to: 'if (leaderVotes > runnerUpVotes)',
  },
  {
    name: 'a line has no newline before it',
    file: 'src/core/log/append.ts',
    from: '`\\n${JSON.stringify({ ...maskedEvent(event), ts: event.ts ?? now })}\\n`',
    to: '`${JSON.stringify({ ...maskedEvent(event), ts: event.ts ?? now })}\\n`',
  },
  {
    name: 'a hook that cannot write lets everything pass',
    file: 'hooks/sessionWriter.ts',
    from: '    } catch (error) {\n      this.#report(failure, error);\n    }\n  }\n\n  #report',
    to: '    } catch (error) {\n      this.#report(failure, error);\n      throw error;\n    }\n  }\n\n  #report',
  },
  {
    name: "the person's flags are not read",
    file: 'src/core/session/flags.ts',
    from: 'const flags = readFlags(dir);',
    to: 'const flags = readFlags(dir).slice(0, 0);',
  },
  {
    name: 'a block of one path is of all paths',
    file: 'src/core/policy/match/match.ts',
    from: 'if (path !== undefined && !fitsPath(call, path, root)) return false;',
    to: 'if (path === "" && !fitsPath(call, path, root)) return false;',
  },
  {
    name: 'what is printed is confirmed before it is printed',
    file: 'hooks/dispatch.ts',
    from: 'if (print(reply(event, answer, ctx.settings.answer))) session.confirmDelivery();',
    to: 'session.confirmDelivery();\n    print(reply(event, answer, ctx.settings.answer));',
  },
];
