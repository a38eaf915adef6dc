import type { EventNotes } from './note.ts';

/** Notes about the events by which workers coordinate: barriers, locks, votes. */
export const coordinationNotes = {
  checkpoint: {
    meaning:
      'A worker has reached a point where others wait. Whom the checkpoint is for is settled when the first one arrives: the workers of its run or, without a run, everybody then at work.',
    by: 'The worker.',
    fields: {
      worker: 'Who has arrived. Arriving twice is arriving once.',
      name: 'The checkpoint.',
      data: 'Anything that belongs to it; kept in the log.',
    },
    example: { t: 'checkpoint', worker: 'W1', name: 'merge-ready' },
  },
  acquire: {
    meaning:
      'A worker asks for a resource: it is granted at this line, or put into the queue, or (without `wait`) nothing. The queue is served in the order of the log. The same `id` of the same worker again renews what it has or waits for; another `id` is another request, even of the holder.',
    by: 'The worker.',
    fields: {
      worker: 'Who asks. Of one that has ended (otherwise than `lost`) it is nothing.',
      resource:
        'Any name. `file:PATH` also keeps everybody but the holder from changing that file, or what is in that folder, with Edit, MultiEdit, Write and NotebookEdit. See “Files” above.',
      mode: '`exclusive` is the default; `shared` is granted beside other shared ones while nobody waits.',
      ttlMs:
        'Milliseconds after which it is over unless renewed, whether held or still waiting. Without it, it lasts until it is released or the worker ends.',
      wait: 'With `true` it waits in the queue if it cannot be granted now.',
      pid: 'The process that renews it. While that one lives on the same machine nobody else declares the lease over: after a sleep or a change of the clock it renews it.',
      startTime: 'When that process started, as its system shows it.',
      host: 'The machine of that process, its boot and pid namespace.',
      ends: 'With `true` what that process has started may be ended to pass the resource on. Who waits for it stops it with that process, once the lease has been over for a third of its time, says `expire`, and kills it only if the log has that in time.',
    },
    example: { t: 'acquire', id: 'lock-1', worker: 'W1', resource: 'db', ttlMs: 300000, wait: true },
  },
  release: {
    meaning:
      'A resource is given back, or a request withdrawn: those of this worker on the resource, all of them or only one by `id` or `token`. The next in the queue has it from this line on.',
    by: 'The worker; or a person who breaks a lock.',
    fields: {
      worker: 'Whose it is. The common field `id` names the one `acquire` that is meant.',
      resource: 'Which resource.',
      token: 'The fencing token, which is the position in bytes of the `acquire`.',
      by: 'Who does it. Another than `worker` breaks the lock, and the former holder is told why at its next call.',
    },
    example: { t: 'release', id: 'lock-1', worker: 'W1', resource: 'db' },
  },
  ballot: {
    meaning:
      'A ballot is opened; votes that came before count, of those who may vote. While it is undecided a second opening is nothing; afterwards the same name is a new ballot.',
    by: 'Anybody.',
    fields: {
      ballot: 'Its name.',
      question: 'What is decided, for people.',
      voters:
        'Who may vote; a vote of anybody else is nothing. A voter that has ended without a vote abstains. Without it everybody may vote.',
      quorum:
        'How many votes must be cast. Without it, more than half of the voters; without voters as well, votes are only counted and never decide.',
      rule: '`majority` (the default): the decision with the most votes; `unanimous`, or a share from 0 to 1: of the votes cast and still to come, all or so many must be `proceed`, else the decision is `abort`.',
      options: 'What one may vote for. `fermata vote` keeps to it; a line in the log is not checked against it.',
      deadlineMs: 'Milliseconds from this line after which an undecided ballot is an `abort`.',
      by: 'Who opens it.',
    },
    example: { t: 'ballot', ballot: 'ship', question: 'Ship it?', voters: ['W1', 'W2', 'W3'], quorum: 2 },
  },
  vote: {
    meaning:
      'A vote, which may be changed until the ballot is decided. A ballot is decided at the line where the quorum is there and votes not yet cast cannot change the outcome; a tie, or a quorum that can no longer be reached, is `abort`. An `abort` holds the end of Claude’s turn; any other decision is told to Claude once.',
    by: 'The worker. Of one that has ended (otherwise than `lost`) it is nothing.',
    fields: {
      worker: 'Who votes.',
      decision: '`proceed`, `abort`, or any other name.',
      ballot: 'Which ballot; `default` without it. It need not be open yet.',
      reason: 'Why.',
    },
    example: { t: 'vote', worker: 'W2', decision: 'proceed', ballot: 'ship', reason: 'all tests pass' },
  },
  decide: {
    meaning: 'An undecided ballot is decided by somebody’s word, whatever was cast.',
    by: 'A person, in the panel.',
    fields: {
      ballot: 'Which ballot. One that nobody opened is opened and decided at once.',
      decision: 'The decision. `abort` holds the end of Claude’s turn.',
      by: 'Who decides.',
    },
    example: { t: 'decide', ballot: 'ship', decision: 'proceed', by: 'user' },
  },
  expire: {
    meaning:
      'Somebody has seen that a time is over. It is honoured only if `seen` is still the last renewal and the time of this line (its `ts`, else the latest before it) really is past the due time. The `ts` of a line does not move the time of others by more than a minute: a lease or a deadline of more than a minute is over only when the hooks’ clock is past it, a minute more or less, or when the same `host` has reported it before, as long ago as it lasts. A clock by which it begins more than a minute from now was set back: there only two such reports count, as far apart. Hooks themselves hold to a block until its time is over by their own clock or, where that was set back to before the block, until it has measured that time.',
    by: 'Whoever watches: a runner, the panel, or `fermata` while it waits or asks.',
    fields: {
      what: 'What has run out: a lock (held or waiting), a ballot’s deadline, a block’s `ttlMs`.',
      ref: 'For a lock the `id` of its `acquire`, or `@` and that line’s position if it has none; for a ballot its name; for a block `B1`, …',
      seen: 'Position in bytes of the line that last said or renewed it; for a ballot, of the first line that named it.',
      host: 'The machine whose clock says so.',
    },
    example: { t: 'expire', what: 'lock', ref: 'lock-1', seen: 4096 },
  },
} satisfies Partial<EventNotes>;
