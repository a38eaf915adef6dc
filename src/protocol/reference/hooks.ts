import type { EventNotes } from './note.ts';

/** Notes about the events between workers and Claude's hooks: blocks and information, and their ends. */
export const hookNotes = {
  hook: {
    meaning:
      'A worker invokes a hook of Claude Code: with `exit` 2 it blocks, with 0 it informs or rewrites, with any other it warns the person.',
    by: 'The worker.',
    fields: {
      worker: 'Who. Of one that has ended, an `exit` 2 counts only at Stop or with `until` or `ttlMs`.',
      event:
        'Where it is said. A block stands at `PreToolUse` (the call is refused), `PermissionRequest` (the permission is denied), `Stop`, `SubagentStop` and `TeammateIdle` (it has to go on), `TaskCreated` and `TaskCompleted` (the task is not) and `PreCompact` (the conversation is not compacted); where the deed is done already (`PostToolUse`, `PostToolUseFailure`, `PostToolBatch`, `SessionStart`, `SubagentStart`) it is told once as information, and at `UserPromptSubmit` it refuses one prompt. `StopFailure`, `Notification` and `SessionEnd` cannot be refused: `fermata hook` says so (exit code 2), and in the log it is told as information. Information is told at that event where Claude Code has a place for it (at `SubagentStart` and `SubagentStop` to that subagent, at `PreCompact` to whoever sums up); at the others it goes on to the next tool call or prompt after it.',
      exit: '2 blocks. 0 informs; with `json` it may block (`decision: "block"` or `permissionDecision: "deny"`) or rewrite (`updatedInput`). Any other exit code warns.',
      stderr: 'The text. It comes before the other two.',
      json: 'What a hook would print. Its reason or context is the text where `stderr` is empty. `hookSpecificOutput.updatedInput` replaces these fields in the input of the next call that `match` means, once.',
      message: 'The text where neither of the two gives one.',
      match:
        'Which calls it concerns, at PreToolUse, and at every event which `agent`; without it every one. Information that names agents is told to those, and not to Claude.',
      until:
        'A block ends when all of these hold. Without it, it stands until it is cleared or released or its worker ends well; at Stop it outlives its worker.',
      ttlMs: 'Milliseconds from this line after which a block is over.',
      key: 'A later one of the same worker with the same key replaces a block that still stands at the same event, or information that is not delivered yet.',
      now: 'With exit 0: whether Claude is to be woken with it if it is idle (an interactive session; at work it reads it at its next tool call).',
    },
    example: {
      t: 'hook',
      worker: 'W1',
      event: 'PreToolUse',
      exit: 2,
      stderr: 'W1 has already loaded data1.csv into memory',
      match: { tool: 'Read', path: 'data1.csv' },
      until: 'done',
    },
  },
  unblock: {
    meaning: 'A block is cleared by the worker that said it, or released by the person. Of anybody else it is nothing.',
    by: 'The worker (`fermata unblock`); the panel; or a hook that obeys a `release-…` or `pass-…` flag.',
    fields: {
      block: 'Which block, `B1`, …; or `all`: of a worker all its own, of the person all that stand.',
      by: 'The worker, or `user`.',
      word: 'What the person said to it: Claude is told so after the call, or is woken where it ends its turn.',
      call: 'Only for this call, which the block holds or has refused last, and only by the person: it may pass, once, and the block stands for all others.',
      budget: 'Only by the person: the block stands, and this is the new sum of its budget, as `4M`.',
      agent: 'With `budget`: of this agent alone, where the budget is that of each.',
    },
    example: { t: 'unblock', block: 'B1', by: 'W1' },
  },
  deny: {
    meaning:
      'The person refuses a call that blocks hold or have refused last. The hook that waits with it refuses it in their name; where Claude was told why already, it is told that as well. The blocks stand. Of a call that no block at PreToolUse holds it is nothing.',
    by: 'The panel, or the person’s `fermata deny-call`.',
    fields: {
      call: 'The call, as in `held` or `denied`.',
      by: '`user`.',
      word: 'What the person said to it: Claude reads it with the refusal.',
    },
    example: { t: 'deny', call: 'toolu_01A', by: 'user', word: 'not while the replica lags' },
  },
  passed: {
    meaning: 'A call that the person let run has passed a block: the same call again is another one.',
    by: 'The hook that let it pass.',
    fields: { block: 'Which block.', call: 'The call that was let run, as in the `unblock`.' },
    example: { t: 'passed', block: 'B1', call: 'toolu_01A' },
  },
  resolve: {
    meaning:
      'Claude says what it did about something that holds the end of its turn; the block ends. At any other event than Stop it is nothing.',
    by: 'Claude, with `fermata resolve`.',
    fields: {
      block: 'Which block.',
      by: 'Who resolved it.',
      word: 'What was done.',
    },
    example: { t: 'resolve', block: 'B2', by: 'conductor', word: 'deployed again, all checks pass' },
  },
  denied: {
    meaning: 'A block has refused a call, or the end of the turn.',
    by: 'The hook that refused.',
    fields: {
      block: 'Which block.',
      tool: 'The tool, or the hook event where it was no tool call, such as `Stop`.',
      summary: 'The call in a few words: its path, its command.',
      agent: 'The subagent whose call or turn it was.',
      call: 'Claude Code’s id of the call, else a name of the hook’s run: all blocks that refuse one call have it in common.',
      digest: 'Of the whole call, where the summary is cut.',
      doubt: 'Why the command could not be read, where only its words were compared.',
      by: '`user` where the person refused the call that the block held.',
    },
    example: { t: 'denied', block: 'B1', tool: 'Read', summary: 'data1.csv' },
  },
  held: {
    meaning:
      'A block holds a call: without `ms` the hook has begun to wait, with `ms` and the same `id` it waits no more.',
    by: 'The hook that waits.',
    fields: {
      block: 'Which block.',
      tool: 'The tool, or `Stop` or `SubagentStop`.',
      summary: 'The call in a few words.',
      agent: 'The subagent whose call or turn it is.',
      call: 'As in `denied`: all blocks that hold one call have it in common.',
      limitMs: 'Milliseconds until the hook waits no more and refuses the call.',
      ms: 'Milliseconds that it was held.',
    },
    example: { t: 'held', id: 'hold-1', block: 'B1', tool: 'Read', summary: 'data1.csv', ms: 1800 },
  },
  tell: {
    meaning:
      'A message, delivered once: after the addressee’s next tool call, with a refusal, or with the next prompt; to a subagent or a worker that is a Claude Code session also when it wants to stop. Any other worker reads it with `fermata inbox`; one to `user` is shown in the panel.',
    by: 'Anybody.',
    fields: {
      to: 'A worker, a subagent, `conductor`, or `user`.',
      text: 'The message.',
      by: 'Who says it.',
      now: 'Whether `conductor` is to be woken with it if it is idle.',
    },
    example: { t: 'tell', to: 'conductor', text: 'the numbers are in results.json', by: 'W1' },
  },
  claim: {
    meaning:
      'A process is about to print something: the first claim in the log prints, and the others do not. A claim without its `delivered` is over when its process is gone, after a minute where that is not known, and after a day where it lives; then the next one may claim it over.',
    by: 'The hook, or `fermata inbox`, just before it prints.',
    fields: {
      ref: 'What is claimed, as in `delivered`.',
      hook: 'A nonce of that one run.',
      over: 'The nonce of the claim that is over and that this one takes the place of.',
      pid: 'The process that prints.',
      startTime:
        'When that process started, in the system’s own unit: another process with the same number has another.',
      host: 'The machine, boot and process namespace in which the number counts.',
    },
    example: { t: 'claim', ref: 8192, hook: 'Jr7c0PzUq3aX', pid: 4711, startTime: '88123', host: 'laptop/1f0c2a7b' },
  },
  delivered: {
    meaning:
      'Something has been printed, for Claude by a hook or for a worker by `fermata inbox`: nobody prints it again. Without a `claim` before it, it is a claim as well.',
    by: 'The hook, or `fermata inbox`, just after it has printed.',
    fields: {
      ref: 'What is delivered: the position in bytes of the line that said it, counted up by one where that line made several.',
      hook: 'The nonce of the run that printed it.',
      not: 'With `true` the opposite: it was not printed after all, and its claim is given back.',
    },
    example: { t: 'delivered', ref: 8192, hook: 'Jr7c0PzUq3aX' },
  },
  watch: {
    meaning:
      'A worker asks to see Claude’s tool calls: from here on they are logged as `tool`. A later one of the same worker replaces it.',
    by: 'The worker.',
    fields: {
      worker: 'Who wants to see them. When it ends, so does the watch.',
      tool: 'Which tools, as in a `match`; without it all.',
      agent: 'Whose calls, as in a `match`; without it of all.',
      until: 'The watch ends when all of these hold, or when one of them no longer can.',
    },
    example: { t: 'watch', worker: 'W2', tool: 'Read|Grep', until: 'checkpoint:merge-ready' },
  },
  tool: {
    meaning: 'Claude is about to make a tool call; said only while somebody watches.',
    by: 'The hook at PreToolUse.',
    fields: {
      tool: 'The tool’s name.',
      summary: 'The call in a few words: its path, its command.',
      agent: 'The subagent that makes it.',
      ms: 'Milliseconds that it took, where that is known.',
    },
    example: { t: 'tool', tool: 'Read', summary: 'data2.csv' },
  },
  launch: {
    meaning:
      'Claude is about to start an agent, where a cap on agents stands. It counts as one until an agent has started or the call is refused, for a minute at most, so that calls at the same time are counted one after the other.',
    by: 'The hook at PreToolUse of the tool that starts agents.',
    fields: {
      call: 'Claude Code’s id of the call.',
      agent: 'The subagent that makes it.',
      type: 'The type of the agent that is to start.',
    },
    example: { t: 'launch', call: 'toolu_01', type: 'Explore' },
  },
  ran: {
    meaning:
      'A command for which a condition `proven:` waits was seen to end, or to go to the background. With `code` 0, no `hidden`, and nothing edited since it began, the condition holds until the next edit of what it covers.',
    by: 'The hook after a call of a shell; the runner of a worker.',
    fields: {
      of: 'The condition, as it is written.',
      code: 'The exit code of the command.',
      hidden: 'Why the exit code of the call shows nothing of the command: then nothing changes.',
      worker: 'Whose call it was; without it Claude’s.',
      ms: 'Milliseconds from its start to this line.',
      tree: 'The hash of the files that the condition covers, where there is git.',
      task: 'Without `code`: the background task in which it runs on. Its end is that of the command.',
    },
    example: { t: 'ran', of: 'proven:npm test', code: 0, ms: 5210 },
  },
  edited: {
    meaning: 'A file was edited: what is proven of it is no longer, until it is seen anew.',
    by: 'The hook after a call that edits files, or that may where nothing shows what; a worker that edits files in its own way.',
    fields: {
      worker: 'Who edited it; without it Claude.',
      path: 'The file. Without it any file may have been.',
    },
    example: { t: 'edited', worker: 'W1', path: 'src/load.ts' },
  },
  tree: {
    meaning:
      'The files that a condition `proven:` covers were looked at: it holds where they are what they were when its command was seen, and else no longer.',
    by: 'The hook, before it decides by such a condition and after a call that may edit files.',
    fields: { of: 'The condition.', tree: 'Their hash, as in `ran`.' },
    example: { t: 'tree', of: 'proven:npm test', tree: '3f1c0a9be2' },
  },
  ask: {
    meaning:
      'Claude Code asks the person for a permission, or a question of Claude’s. Until the `answer`, or until the turn is another one, Claude (or that worker) waits.',
    by: 'The hook at PermissionRequest.',
    fields: {
      ask: 'The request’s name, unlike any other’s.',
      tool: 'The tool that is asked for.',
      summary: 'Exactly what is asked for: the whole command, the path, the address, the question.',
      worker: 'The subagent or other session that asks; without it Claude itself.',
      answerable:
        'Whether a hook waits beside the dialog for the person’s answer from the panel (`flags/answer-<ask>`: `allow` or `deny`, then a line break and a word).',
    },
    example: { t: 'ask', ask: 'x0Zt5v', tool: 'Bash', summary: 'npm publish' },
  },
  answer: {
    meaning: 'A permission request is open no more.',
    by: 'A hook that saw what became of it.',
    fields: {
      ask: 'Which request.',
      decision: '`allow` (the call ran), `deny` (it did not), or `gone` (the turn went on without it).',
      by: 'Who answered.',
      word: 'What they said to it.',
    },
    example: { t: 'answer', ask: 'x0Zt5v', decision: 'deny', by: 'user' },
  },
} satisfies Partial<EventNotes>;
