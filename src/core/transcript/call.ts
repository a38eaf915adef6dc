import { relative } from 'node:path';

type Input = Record<string, unknown>;

const LONGEST = 120;

/** The tools that change a file, which they all name in one of two ways. */
const EDITING: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

/** The file that a call changes; undefined for calls of other tools. */
export function editedFile(tool: string, input: Input): string | undefined {
  return EDITING.has(tool) ? pathOf(input) : undefined;
}

/** A call in a few words: `Edit src/a.ts`, `Bash: npm test`. Paths below `cwd` are said from there. */
export function callInWords(tool: string, input: Input, cwd: string | undefined): string {
  const path = pathOf(input);
  if (path !== undefined) return `${tool} ${cut(cwd === undefined ? path : fromHere(path, cwd))}`;
  const { command, pattern, url, description, subject, prompt } = input;
  const said = [command, pattern, url, description, subject, prompt].find((v) => typeof v === 'string' && v !== '');
  return typeof said === 'string' ? `${tool}: ${cut(said.trim().split('\n')[0] ?? '')}` : tool;
}

function pathOf(input: Input): string | undefined {
  return [input['file_path'], input['notebook_path'], input['path']].find(
    (v): v is string => typeof v === 'string' && v !== '',
  );
}

function fromHere(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') ? path : below;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
