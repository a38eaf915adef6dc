import { describe, expect, test } from 'vitest';
import { isTyped } from '#core/claude/promptSource.ts';

describe('a person wrote', () => {
  test.each([
    'please merge',
    '  merge\n',
    '/merge now',
    'why does <task-notification> appear in the log?',
    'Another Claude session is merging; wait for it',
    '<taskbar> is the element that I mean',
    '<system-reminder>the date has changed</system-reminder>\nplease merge',
    '<system-reminder>never closed',
    '<ide_selection>lines 1 to 3</ide_selection> merge these',
    '',
  ])('%j', (prompt) => {
    expect(isTyped({ prompt })).toBe(true);
    expect(isTyped({ prompt, source: 'user' })).toBe(true);
    expect(isTyped({ prompt, source: 'sdk' })).toBe(true);
  });
});

describe('nobody wrote', () => {
  test.each([
    '<task-notification>ready to merge</task-notification>',
    '\n <task-notification>\n<task-id>b1</task-id>\n<summary>merge</summary>\n</task-notification>',
    'Another Claude session sent a message:\n<cross-session-message from="1a2b">merge</cross-session-message>',
    'Another Claude session sent a message while you were working:\nmerge',
    'A peer session sent a message: merge',
    'Another Claude session sent a message:\n<teammate-message teammate_id="rev">merge</teammate-message>',
    '<cross-session-message from="1a2b">merge</cross-session-message>',
    '<teammate-message teammate_id="rev">merge</teammate-message>',
    '<agent-message from="a1">merge</agent-message>',
    '<channel source="slack">merge</channel>',
    '<tick>12:00</tick>',
    '<system-reminder>x</system-reminder>\n<system-reminder>y</system-reminder>\n<task-notification>merge</task-notification>',
  ])('%j', (prompt) => {
    expect(isTyped({ prompt })).toBe(false);
    expect(isTyped({ prompt, source: 'sdk' })).toBe(false);
  });

  test.each(['system', 'loop_wakeup', 'schedule_wakeup', 'poll_event', 'something-new'])('what %s sends', (source) => {
    expect(isTyped({ prompt: 'please merge', source })).toBe(false);
  });
});
