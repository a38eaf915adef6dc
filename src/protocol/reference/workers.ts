import type { EventNotes } from './note.ts';

/** Notes about the events of a worker's life. */
export const workerNotes = {
  plan: {
    meaning:
      'The workers of one prompt, before any of them runs: from this line on they are `planned` and their guards stand as blocks.',
    by: 'The hook at UserPromptSubmit, where an approved rule matches the prompt; `fermata spawn`. Nobody else can: see `proof`.',
    fields: {
      run: 'The run’s name. Announced a second time with another `sha256` it is an escalation, and the first one counts.',
      sha256:
        'Hex digest of the bytes of `runs/<run>/plan.json`, which has the commands. A runner starts nothing from a file that differs.',
      workers: 'The workers, in the order in which they are to start. A name that is in use stays who it is.',
      rule: 'The rule’s name, for people.',
      ballots: 'Ballots that this line opens among its workers, each as in a `ballot` line.',
      proof:
        'Shows that Fermata made the plan, for this run of this session: an HMAC of the two and `sha256` with the key of the home. Without it the workers are shown, and fail instead of starting.',
      ask: 'With `true` the workers wait for the person’s word, a `consent`: until then none starts, no guard stands and no ballot is open.',
    },
    example: {
      t: 'plan',
      run: 'R1',
      sha256: '9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de',
      workers: [
        { worker: 'W1', task: 'load data1.csv', guard: [{ tool: 'Read', path: 'data1.csv' }] },
        { worker: 'W2', task: 'merge', after: ['ok:W1'], critical: true },
      ],
    },
  },
  consent: {
    meaning:
      'The person’s word about a plan that asks for it: its workers may start, or none of them will. The first one counts. Claude is told.',
    by: 'The panel, or `fermata start`.',
    fields: {
      run: 'The run that asks.',
      decision: '`start`, or `refuse`: its workers are then `aborted`.',
      by: 'Who says so.',
      word: 'What Claude is told with it.',
    },
    example: { t: 'consent', run: 'R2', decision: 'start', by: 'user' },
  },
  spawn: {
    meaning:
      'A worker’s process was started, or a worker that nobody planned introduces itself; it is running from here on.',
    by: 'Its runner; or the worker, if something else started it. One that never says it is running from its first word on.',
    fields: {
      worker:
        'Who. Of one that has ended (otherwise than `lost`) nothing changes, unless it is a subagent or a teammate that goes on.',
      task: 'What it is to do.',
      pid: 'Its process. With a `pid` it ends at `exit` and not at `done`.',
      startTime:
        'When the process started, as its system tells it: with `pid` and `host` the proof that a process is this one.',
      host: 'The machine, its boot and the pid namespace: elsewhere a `pid` means nothing. The host name is no part of it where the system has an id.',
      command: 'What was executed, for people.',
      after: 'The conditions that it waited for.',
      parent: 'The worker that started it.',
      kind: 'What sort of worker it is, for people. Some kinds mean something. Hooks fire for a `subagent` (Claude Code’s own), for a `teammate` (one with a name, its `command`, that waits for messages between its turns) and for a `session` (another Claude Code), so that they can be told something. With a `workflow` (a run, under which its agents are) and a `shell` (in Claude’s background) the first two live in Claude’s process and end with it.',
      cwd: 'Its folder, an absolute path.',
      attempt: 'Which attempt this is, where its rule allows several; the first is 1.',
      session: 'Of a Claude Code session that joined this one: its id.',
    },
    example: { t: 'spawn', worker: 'W1', task: 'load data1.csv', pid: 5201, command: 'python3 load.py data1.csv' },
  },
  progress: {
    meaning: 'How far a worker is.',
    by: 'The worker.',
    fields: {
      worker: 'Who.',
      pct: 'Percent, 0 to 100. Left out, the last one stays.',
      done: 'How many of `total` are done, in any unit: where `pct` is not given, the share of the two is the percentage.',
      total: 'How many there are in all, in the same unit.',
      etaMs: 'Milliseconds that are left, counted from this line. Left out, none is known any more.',
      message: 'What it is doing. Left out, the last one stays.',
      phase: 'Which part of the work this is. Left out, the last one stays.',
    },
    example: { t: 'progress', worker: 'W1', pct: 60, etaMs: 30000, message: 'indexing' },
  },
  done: {
    meaning:
      'A worker’s task is done. A worker without a process of its own, that is in no plan, has ended well with this line; a `teammate` is idle from here on, until its next `spawn`; any other ends at its `exit`.',
    by: 'The worker.',
    fields: {
      worker:
        'Who. Without it, the one worker at work that has this `task`; where there is none or more than one, nobody.',
      task: 'Which task.',
      result:
        'What came out of it. A text is shown as the last thing that the worker said; anything else is only kept in the log.',
      out: 'Path of the file with the result, for people.',
    },
    example: { t: 'done', worker: 'W1', result: '10M rows analysed' },
  },
  error: {
    meaning:
      'Something went wrong; a critical error holds the end of Claude’s turn until somebody says what was done about it.',
    by: 'The worker, or its runner.',
    fields: {
      worker: 'Who.',
      message: 'What went wrong. `CRITICAL: ` is put before a critical one that does not begin so.',
      critical: 'With `true` a block stands at Stop; otherwise the panel shows a warning.',
      data: 'Anything that belongs to it; kept in the log.',
    },
    example: { t: 'error', worker: 'W1', message: 'staging deployment failed', critical: true },
  },
  exit: {
    meaning:
      'A worker’s process has ended: `aborted` if an `abort` of it stands before, else `lost`, else `done` with code 0, else `failed`. It decides once; only after `lost` a later one counts again.',
    by: 'Its runner, having seen it; or, with `lost`, anybody who finds the process gone while no runner lives.',
    fields: {
      worker: 'Who.',
      code: 'Exit code; `null` or left out where there is none.',
      signal:
        'The signal that killed it, such as `SIGKILL`; `stop` for what lived in Claude and was stopped there, which is `aborted` by it.',
      lost: 'With `true`: the process is gone and nobody saw how. A later word of the worker revives it, without its locks.',
      reason: 'Why, in a sentence. It stands in place of “exit code 3”, or of how it was lost.',
      stderr: 'The last lines of its standard error, where it did not end well. A critical failure shows them.',
      attempt: 'Which attempt ended.',
      retryMs: 'The worker is not over: its runner starts it again after so many milliseconds.',
    },
    example: { t: 'exit', worker: 'W1', code: 0 },
  },
  handoff: {
    meaning:
      'A worker hands its work on to another one. It starts nothing by itself; the other one is told, once, by `fermata inbox`, or, as the Conductor, by the next hook.',
    by: 'The worker that hands on.',
    fields: {
      worker: 'Who hands on.',
      to: 'Who is to go on.',
      task: 'What is to be done.',
      data: 'What is needed for that; kept in the log.',
    },
    example: { t: 'handoff', worker: 'W1', to: 'W2', task: 'transform', data: { file: 'a.parquet' } },
  },
} satisfies Partial<EventNotes>;
