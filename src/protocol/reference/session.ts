import type { EventNotes } from './note.ts';

/** Notes about the events of the session and its Claude (the Conductor). */
export const sessionNotes = {
  open: {
    meaning: 'The first line of a log: which format it has, and a nonce that tells this log from any other.',
    by: 'Whoever makes the log: a hook, at the first sight of a session.',
    fields: {
      format:
        'The format’s number. A log of a newer format than a Fermata knows is shown by it, never answered from or appended to.',
      nonce: 'Any text that no other log has. Only the first `open` of a log counts.',
    },
    example: { t: 'open', format: 1, nonce: 'q4Tz0b1xWm9K' },
  },
  session: {
    meaning: 'Claude started, resumed, or goes on under another session id.',
    by: 'A hook: at the first sight of a session, and when the same session is resumed by another process.',
    fields: {
      session: 'Claude Code’s session id.',
      cwd: 'The project’s folder, an absolute path. The first one said stays; relative paths in a `match` start there.',
      realCwd: 'The same with its links followed, where that is another path.',
      source:
        'Why it started, as Claude Code says it: `startup`, `resume`, `clear`, `compact`; `room` of a session without a Claude.',
      model: 'The model’s name.',
      transcript: 'Path of Claude Code’s transcript.',
      continues: 'The session that this one goes on from in the same process, as after `/clear`.',
      pid: 'Process id of Claude Code.',
    },
    example: { t: 'session', session: '3f0c', cwd: '/projects/etl', source: 'startup', model: 'opus', pid: 4711 },
  },
  turn: {
    meaning:
      'The Conductor’s state has changed. With `working` a new turn begins, and what was refused at Stop is counted from nothing again.',
    by: 'The hooks at UserPromptSubmit (`working`), Stop, StopFailure and an aborted turn (`idle`), and Notification (`waiting`, or `idle` after an interruption, which no other hook tells).',
    fields: {
      state: 'What Claude is doing from here on.',
      reason: 'Why, for people.',
      scheduled:
        'At the end of a turn: digests of the prompts that Claude Code will give Claude by the clock, with spaces between them. They start nothing.',
    },
    example: { t: 'turn', state: 'working' },
  },
  prompt: {
    meaning:
      'Claude got a prompt: of the person, or what comes in its place. It changes nothing; the panel lists it. Only one of the person names the session.',
    by: 'The hook at UserPromptSubmit; without a `turn` line before it where Claude was in that turn already.',
    fields: {
      text: 'The prompt itself, only with the setting `fermata.recordPrompts`; of the end of a background task its summary.',
      from: 'Where it is from, if no person wrote it: `task` (a background task has ended), `wake`, `session`, `teammate`, `agent`, `channel`, `review`, `schedule`, `other`.',
      turn: 'Claude Code’s id of the turn.',
    },
    example: { t: 'prompt', text: 'merge the three files' },
  },
  end: {
    meaning:
      'Claude’s session has ended. Its workers go on; what it holds itself without a lease passes on, except with the reason `clear`.',
    by: 'The hook at SessionEnd, unless the session runs in another terminal, too; whoever waits for what a Claude that was killed still holds.',
    fields: { reason: 'Why, as Claude Code says it.' },
    example: { t: 'end', reason: 'prompt_input_exit' },
  },
  abort: {
    meaning:
      'A worker is to end, with everything that it started; without `worker` the whole session is stopped: every tool call of Claude is refused until the person releases that, runners end their workers, and none is started any more.',
    by: 'The panel, `fermata abort`, or a hook or runner that obeys an `abort-…` flag.',
    fields: {
      worker:
        'Which worker. One without a known process has ended with this line; one with a process ends at its `exit`, as aborted. A subagent’s calls are refused from here on; the hook that refuses one ends it, and its parent is told.',
      session: 'Which session, for people: the log is that of one session anyway.',
      by: 'Who wants it: a worker, `conductor` or `user`.',
      word: 'Why: shown with its end.',
    },
    example: { t: 'abort', worker: 'W4', by: 'user' },
  },
  usage: {
    meaning:
      'How many tokens a worker has used so far; without a worker, those of Claude itself, and what Claude Code counts for the session. Each figure replaces the one said before.',
    by: 'Whoever knows: the runner of a `claude`; of the session the plugin in Claude Code, after a turn and at most once a minute, and a program that reads what the status line was handed, as often, and where a budget in dollars or a window stands before each call; where a budget stands, a hook that has read the transcripts.',
    fields: {
      worker: 'Whose tokens; without it Claude’s own, and the session’s figures.',
      inputTokens: 'Tokens read, in all, with what was written to the cache; without what was read from there.',
      outputTokens: 'Tokens written, in all.',
      contextTokens: 'Tokens in the model’s context.',
      contextWindow: 'How many tokens the model’s context can hold.',
      costUsd: 'What the session has cost so far, in US dollars.',
      limits:
        'For each window of time in which a subscription is limited: `kind` (`five_hour`, `seven_day`), `pct` that is used, and `resetsTs` when it begins anew, epoch ms.',
      source: 'Where the numbers are from, for people; `transcript` are Claude Code’s own files.',
    },
    example: { t: 'usage', worker: 'W1', inputTokens: 18200, outputTokens: 950 },
  },
  collision: {
    meaning:
      'Two agents have edited one file within ten minutes. Said again within ten minutes of the last time it is the same collision; it is news for ten minutes.',
    by: 'The editor’s extension, which reads it in the transcripts; once in the log of each session concerned.',
    fields: {
      worker: 'The agent of this session: `conductor`, a subagent or another worker.',
      file: 'The file, an absolute path.',
      other: 'The other agent.',
      session: 'The other one’s session, where that is another one.',
    },
    example: {
      t: 'collision',
      worker: 'conductor',
      file: '/projects/etl/load.py',
      other: 'conductor',
      session: '7c1e',
    },
  },
  uncommitted: {
    meaning:
      'What another agent has edited in a checkout and not committed, or has put into the stash, in the place of what was said of it before. Without any file and entry, nothing of it is left.',
    by: 'The git watch of the home, in the log of each session that works in that repository.',
    fields: {
      worker: 'The agent: `conductor`, a subagent or another worker.',
      session: 'Its session, where that is another one.',
      name: 'What a person calls it.',
      root: 'The folder of the checkout, an absolute path without links.',
      branch: 'The branch that is checked out there.',
      files:
        'Each with its `path` in the checkout, `ts` of its last edit (epoch ms), and `status`: the two letters of `git status --porcelain`.',
      more: 'How many files there are beyond these.',
      stash:
        'The entries of the stash that it has made, the latest first: each with the `commit` that git made of it, and `ts` (epoch ms). Where nothing shows who made them, `name` is empty.',
      unseen: 'Why git was not looked at: then the files are those that it has edited.',
      config: 'Aliases, and what else of git’s configuration decides what a command takes.',
      hold: 'Calls that would take them are held; without it, there is a warning.',
    },
    example: {
      t: 'uncommitted',
      worker: 'conductor',
      session: '7c1e',
      name: 'Fix the rounding',
      root: '/projects/etl',
      branch: 'main',
      files: [{ path: 'src/cart.ts', ts: 1790000000000, status: ' M' }],
      hold: true,
    },
  },
  mergeable: {
    meaning:
      'Whether two commits of a repository would merge, by `git merge-tree`, in the place of what was said of the two before.',
    by: 'The git watch of the home, in the log of each session of which an agent works in one of the two, or in which a condition waits for it.',
    fields: {
      a: 'One of the two: `root`, a checkout of the repository; `ref`, where it is not what is checked out there; its `branch` and `commit`; `names`, by which conditions may call it; the `agents` that work there, each with `worker`, `session` where that is another one, and `name`.',
      b: 'The other one.',
      answer:
        '`clean`; `conflict`; `unknown`: git was not looked at; `over`: the two are of no interest any more, and nothing is known of them.',
      files: 'The files in conflict, the first of them.',
      more: 'How many files there are beyond these.',
      why: 'Why git was not looked at.',
    },
    example: {
      t: 'mergeable',
      a: {
        root: '/projects/etl-a',
        branch: 'feature-a',
        commit: '8f3c1d0e5b7a92c46d1e0f3a5b7c9d2e4f6a8b0c',
        names: ['feature-a', 'etl-a'],
        agents: [{ worker: 'conductor', session: '7c1e', name: 'Fix the rounding' }],
      },
      b: {
        root: '/projects/etl-b',
        branch: 'feature-b',
        commit: '1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e',
        names: ['feature-b', 'etl-b'],
        agents: [{ worker: 'conductor', name: 'Add the tax' }],
      },
      answer: 'conflict',
      files: ['src/cart.ts'],
      more: 2,
    },
  },
  dismiss: {
    meaning: 'The person has seen something that the panel shows as needing them, and wants it gone.',
    by: 'The panel.',
    fields: {
      ref: 'Position in bytes of the line that said it first: of a `log`, an `error` or a `collision`, for instance.',
      by: 'Who.',
    },
    example: { t: 'dismiss', ref: 4096, by: 'user' },
  },
  taken: {
    meaning:
      'Lines of another machine are taken that have no effect here: damaged ones, and such as that machine may not publish. See “Other machines” above.',
    by: 'The bridge of the seat.',
    fields: {},
    example: { t: 'taken', via: 'gpu1/k3x9', off: 5120 },
  },
  log: {
    meaning: 'A remark for people.',
    by: 'Anybody; hooks and runners say so what they could not do.',
    fields: {
      level:
        '`escalate` is shown on top and notified, `error` and `warn` are shown among the notices, `info` and `debug` only in the list of activity.',
      message: 'The remark.',
      worker: 'Whom it is about.',
      about:
        '`out`: somebody wrote into the folder of that worker while it was not there; said once for each worker. Anything else is kept, without effect.',
    },
    example: { t: 'log', level: 'escalate', worker: 'W1', message: 'the licence server does not answer' },
  },
} satisfies Partial<EventNotes>;
