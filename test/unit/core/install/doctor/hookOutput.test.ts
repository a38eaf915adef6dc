import { describe, expect, test } from 'vitest';
import { hookOutputProblem } from '#core/install/doctor/hookOutput.ts';

const specific = (hookEventName: string, fields: object): string =>
  JSON.stringify({ hookSpecificOutput: { hookEventName, ...fields } });

describe('taken by Claude Code', () => {
  test.each([
    ['Stop', ''],
    ['Stop', '\n'],
    ['Stop', '{}'],
    ['Stop', '{"decision": "block", "reason": "not yet"}'],
    ['PreToolUse', '{"decision": "approve"}'],
    ['PreToolUse', specific('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'no' })],
    ['PreToolUse', specific('PreToolUse', { updatedInput: {}, additionalContext: 'x' })],
    ['SessionStart', specific('SessionStart', { additionalContext: 'x' })],
    ['SessionEnd', '{"systemMessage": "bye"}'],
  ])('%s %s', (event, stdout) => {
    expect(hookOutputProblem(event, stdout)).toBeUndefined();
  });
});

describe('lost, or taken for something else', () => {
  test.each([
    ['Stop', 'hello', 'it is not JSON'],
    ['Stop', '[1]', 'it is not a JSON object'],
    ['Stop', '{"additionalContext": "x"}', '"additionalContext" means nothing to Claude Code'],
    ['Stop', '{"decision": "deny"}', '"decision" is not block or approve'],
    ['Stop', '{"decision": "block"}', 'a block without a reason'],
    ['Stop', '{"systemMessage": 1}', '"systemMessage" is not text'],
    ['Stop', '{"hookSpecificOutput": []}', '"hookSpecificOutput" is not an object'],
    ['Stop', specific('SubagentStop', {}), '"hookEventName" is not Stop'],
    [
      'SessionEnd',
      specific('SessionEnd', { additionalContext: 'x' }),
      '"hookSpecificOutput" is not taken at SessionEnd',
    ],
    ['PostToolUse', specific('PostToolUse', { updatedInput: {} }), '"updatedInput" is not taken at PostToolUse'],
    ['PostToolUse', specific('PostToolUse', { additionalContext: 1 }), '"additionalContext" is not text'],
    [
      'PreToolUse',
      specific('PreToolUse', { permissionDecision: 'block' }),
      '"permissionDecision" is not one of allow, deny, ask, defer',
    ],
  ])('%s %s: %s', (event, stdout, problem) => {
    expect(hookOutputProblem(event, stdout)).toBe(problem);
  });
});
