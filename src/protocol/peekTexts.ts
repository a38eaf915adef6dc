import type { PeekView, StepView } from './peek.ts';

/** The texts of a closer look at an agent. */
export const PEEK_TEXTS = {
  open: 'Look closer at {0} (Space)',
  title: 'A closer look at {0}',
  loading: 'Reading…',
  prompt: 'Asked',
  steps: 'Latest steps',
  kinds: { words: 'said', call: 'call', result: 'result', event: 'log' } satisfies Record<StepView['kind'], string>,
  failed: 'failed',
  calls: 'Now, in full',
  noSteps: 'Nothing is known of its steps.',
  notRead: {
    missing: 'There is no transcript of it that Fermata could read.',
    unread: 'Its transcript is in a form that this version of Fermata does not know.',
  } satisfies Record<Exclude<PeekView['transcript'], 'read'>, string>,
  context: '{0} tokens in context',
  contextTitle: 'Read by the model for its latest message. How many it could hold is not in Claude Code’s files.',
  contextOf: '{0}% of {1} tokens in context',
  costSoFar: '{0} so far',
  limit: '{0}: {1}% used',
  limitUntil: '{0}: {1}% used, until {2}',
  limits: { five_hour: 'Limit of five hours', seven_day: 'Limit of seven days' },
  countedBy: 'Counted by {0}, {1}',
  cost: '{0} at the last end',
  costTitle: 'As Claude Code wrote it when the session last ended',
  changes: '{0, plural, one {# file} other {# files}}',
  lines: '+{0} −{1}',
  openChanges: 'Show what {0} has changed: {1}',
  uncounted: {
    binary: '{0} without lines to count',
    noGit: '{0} in no git repository',
    failed: '{0} that git could not compare',
  } as const satisfies Record<'binary' | 'noGit' | 'failed', string>,
  reply: 'Message to {0}',
  transcript: 'Open transcript',
  transcriptOf: 'Open transcript of {0}',
} as const;
