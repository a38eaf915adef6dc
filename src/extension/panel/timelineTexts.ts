import { KIND_LABELS } from '#core/history/timeline/kindLabels.ts';
import type { MessagePatterns } from '#protocol/texts.ts';
import type { TimelineTexts } from '#protocol/timelineTexts.ts';

/** The English originals of the timeline's texts. */
export const TIMELINE_TEXTS: MessagePatterns<TimelineTexts> = {
  open: 'Open timeline',
  title: 'Timeline of {0}',
  kinds: KIND_LABELS,
  kindCount: '{0} × {1}',
  you: 'You',
  reading: 'Reading the log: {0}%',
  empty: 'Nothing has happened yet',
  emptyHint: 'What Claude and its workers do appears here as it happens.',
  errorTitle: 'The timeline cannot be shown',
  range: '{0} to {1}',
  events: '{0, plural, one {# event} other {# events}}',
  resolution: 'What is shorter than {0} and close together is drawn as one.',

  zoomIn: 'Zoom in (+)',
  zoomOut: 'Zoom out (-)',
  fit: 'Fit all (0)',
  follow: 'Follow what happens (F)',
  replay: 'Show this moment in the panel (R)',
  table: 'Show as a table (T)',
  legend: 'Legend',
  picture: 'Timeline as a picture. Arrow keys move through time and lanes.',
  keys: 'Arrow keys move through time and lanes, Home and End to the ends of a lane, Enter opens the line in the log, plus and minus zoom, 0 fits all, F follows, R shows that moment in the panel, T shows the same as a table.',

  from: 'at {0}',
  fromTo: '{0} to {1}, {2}',
  lasting: 'since {0}, {1} so far',
  endedBy: '{0} ({1})',
  endings: {
    unblock: 'cleared',
    release: 'released',
    resolve: 'resolved',
    until: 'its condition holds',
    expired: 'ran out',
    'worker ended': 'its worker ended',
    'cannot hold': 'its condition can no longer hold',
    'lock passed on': 'the lock passed on',
  },
  handedTo: 'to {0}',
  blocksAs: 'blocks as {0}',

  tableLabel: 'Timeline of {0} as a table',
  columns: { time: 'Time', who: 'Who', what: 'What', name: 'Name', took: 'Took', said: 'Said' },
  filter: 'Filter the table',
  rows: '{0} of {1}',
  noMatch: 'Nothing matches the filter.',
  lasts: 'lasts',
  milliseconds: '{0} ms',
};
