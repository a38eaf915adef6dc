import type { Match } from '#protocol/parts.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { fitsPath } from './callPath.ts';
import { wildcard } from './glob.ts';

/** Why a pattern fits a command: it runs what the pattern means, or it cannot be read and has the pattern's words. */
export type Fit = { kind: 'runs' } | { kind: 'might'; reason: string };

/** One tool call. Its relative paths start in `cwd`. */
export interface ToolCall {
  tool: string;
  input: Record<string, unknown>;
  cwd: string;
  /** What its command takes of an agent's uncommitted files; left out where it has no git in it. */
  takes?: ((entry: Uncommitted) => string | undefined) | undefined;
  /** Whether a pattern fits its command. Handed in, since the parser is loaded only where it is needed. */
  fit?: ((pattern: string, root: string) => Fit | undefined) | undefined;
}

/** Whether a call fits `match`, whose own relative paths start in `root` (the project). */
export function matches(match: Match | undefined, call: ToolCall, root: string): boolean {
  if (match === undefined) return true;
  if (match.tool !== undefined && !match.tool.split(/[|,]/).some((t) => toolMatches(t.trim(), call.tool))) return false;
  const { path } = match;
  if (path !== undefined && !fitsPath(call, path, root)) return false;
  if (match.command !== undefined) {
    if (typeof call.input['command'] !== 'string') return false;
    // a command that was not read counts as fitting
    if (call.fit !== undefined && call.fit(match.command, root) === undefined) return false;
  }
  return true;
}

/** The tools that have had other names. Claude Code takes each of these for the others in its own matchers. */
const RENAMED: readonly (readonly string[])[] = [
  ['Agent', 'Task'],
  ['TaskStop', 'KillShell', 'KillBash'],
  ['TaskOutput', 'AgentOutputTool', 'BashOutputTool', 'AgentOutput', 'BashOutput'],
  ['SendUserMessage', 'Brief'],
  ['ListAgents', 'ListPeers'],
  ['ListMcpResourcesTool', 'ListMcpResources'],
  ['ReadMcpResourceTool', 'ReadMcpResource'],
  ['ReadMcpResourceDirTool', 'ReadMcpResourceDir'],
];

/**
 * What a pattern may call a tool, its own name among it. `Bash` means the shell: where that is PowerShell, or both are there, a
 * command runs in either.
 */
const NAMES = new Map([
  ...RENAMED.flatMap((names) => names.map((name) => [name, names] as const)),
  ['PowerShell', ['PowerShell', 'Bash']] as const,
]);

/** The part of a pattern of tools that fits none, as `Bash(git merge*)` and `mcp__.*`: no tool's name has its characters. */
export const nameOfNoTool = (pattern: string): string | undefined =>
  pattern.split(/[|,]/).find((name) => !/^[\w*? -]*$/.test(name));

/** Whether a tool runs commands in a shell. */
export const isShell = (tool: string | undefined): boolean => tool === 'Bash' || tool === 'PowerShell';

function toolMatches(pattern: string, tool: string): boolean {
  const names = NAMES.get(tool) ?? [tool];
  // most patterns are names
  return names.includes(pattern) || (/[*?]/.test(pattern) && names.some((name) => wildcard(pattern, name)));
}
