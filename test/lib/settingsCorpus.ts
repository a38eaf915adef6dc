import { HOOK_EVENTS } from '#protocol/hookEvents.ts';

/** A settings file such as people have. */
export interface SettingsCase {
  name: string;
  text: string;
  /** Whether Claude Code reads the file; it ignores the others as a whole, and the installer warns. */
  read: boolean;
  /** The version since which Claude Code reads it, too. */
  readSince?: string;
}

const theirs = { type: 'command', command: 'true' };
const everywhere = Object.fromEntries(HOOK_EVENTS.map((event) => [event, [{ hooks: [theirs] }]]));
const shared = { PreToolUse: [{ matcher: 'Bash', hooks: [theirs, { type: 'command', command: 'cat >/dev/null' }] }] };
const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const big = (bytes: number): string => pretty({ model: 'opus', other: { note: ['y'.repeat(bytes)] } });

/** Files that can be edited; after an uninstall they must be the same to the byte. */
export const EDITABLE: readonly SettingsCase[] = [
  { name: 'an empty file', text: '', read: true },
  { name: 'a blank file', text: '\n', read: true },
  { name: 'an empty object', text: '{}', read: true },
  { name: 'one line', text: '{"model":"opus"}', read: true },
  { name: 'a byte order mark', text: '\uFEFF{"model":"opus"}', read: true },
  { name: 'CRLF', text: '{\r\n  "model": "opus"\r\n}\r\n', read: true },
  { name: 'tabs', text: '{\n\t"model": "opus",\n\t"hooks": {\n\t}\n}', read: true },
  { name: 'no line end at its end', text: '{\n    "model": "opus"\n}', read: true },
  { name: 'a shared matcher group', text: pretty({ hooks: shared }), read: true },
  { name: 'another tool’s hooks on every event', text: pretty({ hooks: everywhere, model: 'opus' }), read: true },
  { name: 'duplicate keys', text: '{"hooks":{"Stop":[]},\n"hooks":{"PreToolUse":[]},"model":"opus"}', read: true },
  { name: 'permission rules', text: pretty({ permissions: { allow: ['Read(x)'], deny: [], ask: [] } }), read: true },
  { name: 'almost 2 MiB', text: big(2_000_000), read: true },
  { name: 'a comment', text: '{\n  // mine\n  "model": "opus" /* the big one */\n}\n', read: false },
  { name: 'a trailing comma', text: '{\n  "model": "opus",\n}\n', read: false },
  { name: '5 MB', text: big(5_000_000), read: false },
  {
    name: 'an invalid entry of its own',
    text: pretty({ hooks: { Stop: [{ hooks: [{ type: 'shell', command: 'x' }] }] } }),
    read: false,
    readSince: '2.1.257',
  },
  // values of other settings: the wrong one of most costs the whole file
  { name: 'a model that is null', text: pretty({ model: null }), read: false },
  { name: 'a mode that there is not', text: pretty({ permissions: { defaultMode: 'bogus' } }), read: false },
  { name: 'a negative number of days', text: pretty({ cleanupPeriodDays: -1 }), read: false },
  { name: 'a status line that is a text', text: pretty({ statusLine: 'x' }), read: false },
  { name: 'a switch that is a text', text: pretty({ disableAllHooks: 'true' }), read: false },
  { name: 'directories that are a text', text: pretty({ permissions: { additionalDirectories: '/' } }), read: false },
  { name: 'a channel that there is not', text: pretty({ autoUpdatesChannel: 'nightly' }), read: false },
  { name: 'tips without a list', text: pretty({ spinnerTipsOverride: {} }), read: false },
  { name: 'a marketplace without a source', text: pretty({ extraKnownMarketplaces: { m: {} } }), read: false },
  { name: 'a plugin that is a number', text: pretty({ enabledPlugins: { 'a@b': 1 } }), read: false },
  { name: 'an environment that is a list', text: pretty({ env: ['A=1'] }), read: false },
  {
    name: 'values that cost only themselves',
    text: pretty({
      effortLevel: 'x',
      theme: 5,
      viewMode: [],
      env: { A: 1, B: null },
      permissions: { allow: [5, 'x('] },
    }),
    read: true,
  },
  {
    name: 'settings of every type',
    text: pretty({
      cleanupPeriodDays: 3650,
      statusLine: { type: 'command', command: 'true', padding: 0 },
      permissions: { defaultMode: 'acceptEdits', additionalDirectories: ['/tmp'] },
      enabledPlugins: { 'a@b': false },
      attribution: { commit: '' },
      notOfClaudeCode: [null],
    }),
    read: true,
  },
];

/** Files that the installer refuses, with its message and position. */
export const REFUSED: readonly { name: string; text: string; message: string; line: number; column: number }[] = [
  { name: 'an array at the top', text: '[]', message: 'The settings are not an object', line: 1, column: 1 },
  { name: 'a text at the top', text: '\n"x"', message: 'The settings are not an object', line: 2, column: 1 },
  { name: 'hooks: null', text: '{\n  "hooks": null\n}', message: '"hooks" is not an object', line: 2, column: 12 },
  { name: 'hooks as a list', text: '{"hooks": []}', message: '"hooks" is not an object', line: 1, column: 11 },
  {
    name: 'an event that is no list',
    text: '{"hooks": {"Stop": {}}}',
    message: '"Stop" in "hooks" is not an array',
    line: 1,
    column: 20,
  },
  {
    name: 'a group that is none',
    text: '{"hooks": {"Stop": ["x"]}}',
    message: 'An element of "Stop" in "hooks" has no "hooks" array',
    line: 1,
    column: 21,
  },
  {
    name: 'permissions as a list',
    text: '{"permissions": []}',
    message: '"permissions" is not an object',
    line: 1,
    column: 17,
  },
  {
    name: 'a missing comma',
    text: '{\n  "a": 1\n  "b": 2\n}',
    message: 'This is not valid JSON: comma expected',
    line: 3,
    column: 3,
  },
  {
    name: 'half a file',
    text: '{"hooks": {',
    message: 'This is not valid JSON: close brace expected',
    line: 1,
    column: 12,
  },
];
