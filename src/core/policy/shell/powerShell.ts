import { readCommand, type CommandReading } from './readCommand.ts';

/** A command or a pattern without what PowerShell does not distinguish: capitals, and the two slashes. */
export const inPowerShellLetters = (text: string): string => text.toLowerCase().replaceAll('\\', '/');

/** What another shell would read otherwise: variables, blocks, sub-expressions, redirections, and commands that start others. */
const OWN_WAY =
  /[$(){}@<>#]|(?<![\w-])(?:start-process|saps|start|invoke-(?:expression|command|item)|iex|icm|ii|pwsh|powershell|cmd)(?![\w-])/;

/** `&` and `.` start the program that is named behind them. */
const CALL_OPERATOR = /(^|[;|\n]|&&)\s*[&.]\s+/g;

/**
 * Reads a command of PowerShell as far as every shell would read it; of all else only the words are known, so that a pattern
 * whose words are in it fits. Pure.
 */
export function readPowerShell(command: string): CommandReading {
  // the backtick escapes a letter, or the end of a line
  const unescaped = command.replaceAll(/`\r?\n/g, ' ').replaceAll('`', '');
  const text = inPowerShellLetters(unescaped).replaceAll(CALL_OPERATOR, '$1 ');
  const reading = readCommand(text);
  return OWN_WAY.test(text) ? { ...reading, unreadable: 'PowerShell reads it in its own way' } : reading;
}
