/**
 * Faults, each of which one scenario of test/claude must notice: in `file` the only place that reads `from` is made to
 * read `to`.
 */
export const MUTATIONS: readonly [scenario: string, file: string, from: string, to: string][] = [
  ['scenario 1', 'src/core/fold/plans.ts', 'planned.guard ?? []', '[]'],
  ['scenario 1', 'hooks/delivery.ts', "notes.filter((note) => note.kind === 'rewrite')", '[]'],
  [
    'scenario 2',
    'src/core/policy/activeBlocks.ts',
    'return [...state.watches.values()].some',
    'return false && [...state.watches.values()].some',
  ],
  ['scenario 3', 'hooks/handlers/stop.ts', 'const MAX_REFUSALS = 3', 'const MAX_REFUSALS = 7'],
  ['scenario 3', 'src/core/fold/workers.ts', 'if (event.critical !== true)', 'if (true)'],
  ['scenario 3', 'hooks/reply.ts', "/no such file|can't open/i", '/nothing of the kind/'],
  ['scenario 4', 'src/core/fold/blocks.ts', "add('warn', warning", "add('inform', warning"],
  ['scenario 5', 'src/core/policy/shell/readCommand.ts', 'this.commands.push(argv);', ''],
  ['scenario 6', 'src/core/fold/hookMessage.ts', "json['reason'],", ''],
  ['scenario 7', 'hooks/handlers/postToolUse.ts', 'return { events };', 'return { events, keepNotes: true };'],
  [
    'scenario 8',
    'src/core/fold/ballots.ts',
    'if (decision !== ABORT) return inform',
    "if (decision === 'never') return inform",
  ],
  ['scenario 9', 'src/core/fold/locks.ts', '!lock.holders.every((holder) => isCompatible(holder, acquire))', 'false'],
  ['scenario 10', 'src/core/session/flags.ts', 'of readFlags(dir)) {', 'of readFlags(dir).slice(0, 0)) {'],
  [
    'scenario 11',
    'src/core/workers/killWorker.ts',
    'for (const pid of membersOf(target)) sendSignal(pid, signal);',
    'if (target.pid !== undefined) sendSignal(target.pid, signal); return;',
  ],
  [
    'scenario 12',
    'src/core/policy/activeBlocks.ts',
    '|| !isActive(block, now)) return false;',
    '|| !isActive(block, now) || block.deniedCount > 0) return false;',
  ],
  ['scenario 13', 'src/core/policy/activeBlocks.ts', 'if (agentId !== undefined) return false;', ''],
  [
    'scenario 14',
    'hooks/resolveSession.ts',
    'previous !== undefined && hasOpenWork(',
    'previous === null && hasOpenWork(',
  ],
];
