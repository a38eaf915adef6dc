import type { ToolCall } from '#core/policy/match/match.ts';
import { fitCommand, type Place } from './commandPattern.ts';
import { inPowerShellLetters, readPowerShell } from './powerShell.ts';
import { readCommand } from './readCommand.ts';

/** The test whether a pattern fits the command of a call of this tool. The command is read once for all patterns. */
export function fitOf(command: string, tool: string | undefined, place: Place): NonNullable<ToolCall['fit']> {
  if (tool !== 'PowerShell') {
    const reading = readCommand(command);
    return (pattern) => fitCommand(pattern, reading, place);
  }
  const reading = readPowerShell(command);
  return (pattern) => fitCommand(inPowerShellLetters(pattern), reading, place);
}
