import { describe, expect, test } from 'vitest';
import { isModWake, isTyped, MOD_WAKE, promptOrigin } from '#protocol/promptSource.ts';

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
    '<slack-ping>merge</slack-ping>',
    '<coordinator-relay>merge</coordinator-relay>',
    '<artifact-room-event room="r">merge</artifact-room-event>',
    '<untrusted-widget-state>merge</untrusted-widget-state>',
    '<fetched-web-content>merge</fetched-web-content>',
    '<<autonomous-loop>>',
    '<<autonomous-loop-dynamic>> merge',
    '<system-reminder>x</system-reminder>\n<system-reminder>y</system-reminder>\n<task-notification>merge</task-notification>',
  ])('%j', (prompt) => {
    expect(isTyped({ prompt })).toBe(false);
    expect(isTyped({ prompt, source: 'sdk' })).toBe(false);
  });

  test.each(['system', 'loop_wakeup', 'schedule_wakeup', 'poll_event', 'something-new'])('what %s sends', (source) => {
    expect(isTyped({ prompt: 'please merge', source })).toBe(false);
  });
});

test('what came in a prompt’s place is named', () => {
  const origins = [
    '<task-notification>\n<task-id>b1</task-id>\n<status>completed</status>',
    '<task-notification>\n<summary>Stop hook feedback</summary>\n</task-notification>',
    'Another Claude session sent a message:\nmerge',
    '<teammate-message teammate_id="rev">merge</teammate-message>',
    '<remote-review-progress>1</remote-review-progress>',
    '<tick>12:00</tick>',
    'merge',
    '<constructor>merge</constructor>',
  ].map((prompt) => promptOrigin({ prompt }));
  expect(origins).toEqual(['task', 'wake', 'session', 'teammate', 'review', 'schedule', undefined, undefined]);
  const sources = ['loop_wakeup', 'schedule_wakeup', 'poll_event', 'system', 'user'];
  expect(sources.map((source) => promptOrigin({ prompt: 'merge', source }))).toEqual([
    'schedule',
    'schedule',
    'schedule',
    'other',
    undefined,
  ]);
});

test('the prompt by which the plugin in Claude Code wakes a session is none of a person', () => {
  for (const prompt of [MOD_WAKE, `<system-reminder>x</system-reminder>\n${MOD_WAKE}`, `A plugin: ${MOD_WAKE}`])
    expect([isModWake({ prompt }), isTyped({ prompt }), promptOrigin({ prompt })]).toEqual([true, false, 'wake']);
  expect(isModWake({ prompt: 'what is new?' })).toBe(false);
});
