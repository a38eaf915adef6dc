/** A settings file that one scope has, in which a hook is to be run. */
export interface SettingsFileCase {
  name: string;
  scope: 'user' | 'project' | 'local';
  content: (hook: string) => string | Buffer;
}

const group = (hook: string, more = ''): string => `{${more}"hooks":[${hook}]}`;
const start = (hook: string): string => `"SessionStart":[${group(hook)}]`;
const hooks = (hook: string, more = ''): string => `"hooks":{${more}${start(hook)}}`;
const own = (name: string, content: SettingsFileCase['content'], scope: SettingsFileCase['scope'] = 'project') => ({
  name,
  content,
  scope,
});
/** A file that has these settings beside the hook. */
const beside = (settings: string, scope?: SettingsFileCase['scope']): SettingsFileCase =>
  own(settings.length > 90 ? `${settings.slice(0, 90)}…` : settings, (hook) => `{${settings},${hooks(hook)}}`, scope);
/** A file whose hook, or the group that holds it, has this field, too. */
const onHook = (field: string): SettingsFileCase =>
  own(`a hook with ${field}`, (hook) => `{${hooks(hook.replace(/\}$/, `,${field}}`))}`);
const onGroup = (field: string): SettingsFileCase =>
  own(`a group with ${field}`, (hook) => `{"hooks":{"SessionStart":[${group(hook, `${field},`)}]}}`);
/** A file that has these groups of another event, too. */
const event = (name: string, groups: string): SettingsFileCase =>
  own(`${name}: ${groups}`, (hook) => `{${hooks(hook, `${JSON.stringify(name)}:${groups},`)}}`);
const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');
const command = '{"type":"command","command":"true"}';
const padded = (hook: string, padding: string): string => `{"x":"${padding}",${hooks(hook)}}`;
const nested = (depth: number): string => `"x":${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Files such as people, editors, shells and other tools leave behind, each wrong or strange in one thing. */
export const SETTINGS_FILES: readonly SettingsFileCase[] = [
  // the text
  own('plain', (hook) => `{${hooks(hook)}}`),
  own('plain', (hook) => `{${hooks(hook)}}`, 'user'),
  own('plain', (hook) => `{${hooks(hook)}}`, 'local'),
  own('an empty file', () => ''),
  own('a blank file', () => ' \n\t\n', 'user'),
  own('a byte order mark', (hook) => `\uFEFF{${hooks(hook)}}`, 'user'),
  own('two byte order marks', (hook) => `\uFEFF\uFEFF{${hooks(hook)}}`),
  own('UTF-16, as Windows PowerShell writes it', (hook) => utf16(`{${hooks(hook)}}`), 'user'),
  own('UTF-16 without a mark', (hook) => Buffer.from(`{${hooks(hook)}}`, 'utf16le')),
  own('UTF-16, the high byte first', (hook) => utf16(`{${hooks(hook)}}`).swap16()),
  own('bytes that are no UTF-8', (hook) => Buffer.from(`{"x":"caf\u00e9",${hooks(hook)}}`, 'latin1')),
  own('a comment', (hook) => `{// mine\n${hooks(hook)}}`),
  own('a comment at the end', (hook) => `{${hooks(hook)}} /* mine */`, 'local'),
  own('a trailing comma', (hook) => `{${hooks(hook)},}`),
  own('half a file', (hook) => `{${hooks(hook)}`),
  own('two objects', (hook) => `{${hooks(hook)}}{}`),
  own('a list at the top', (hook) => `[{${hooks(hook)}}]`),
  own('null at the top', () => 'null'),
  own('a text at the top', () => '"x"'),
  own('hooks twice, the last counts', (hook) => `{"hooks":{},${hooks(hook)}}`),
  own('hooks twice, the last is empty', (hook) => `{${hooks(hook)},"hooks":{}}`),
  own('the model twice, wrong at first', (hook) => `{"model":5,"model":"opus",${hooks(hook)}}`),
  own('almost 2 MiB', (hook) => padded(hook, 'y'.repeat(2_000_000))),
  own('more than 2 MiB', (hook) => padded(hook, 'y'.repeat(2_200_000))),
  own('fewer characters than 2 Mi, more bytes', (hook) => padded(hook, '\u00e9'.repeat(1_200_000))),
  own('more than 2 MiB as UTF-16', (hook) => utf16(padded(hook, 'y'.repeat(1_200_000)))),
  beside(nested(90)),
  beside(nested(400)),
  beside('"__proto__":5'),
  beside('"x":1e999'),
  // other settings
  beside('"notOfClaudeCode":[null]'),
  beside('"model":null', 'user'),
  beside('"model":5', 'local'),
  beside('"cleanupPeriodDays":"30"', 'user'),
  beside('"cleanupPeriodDays":0'),
  beside('"permissions":[]'),
  beside('"permissions":{"allow":"Read"}', 'user'),
  beside('"permissions":{"allow":[5,"x("],"deny":[{}],"ask":[null]}'),
  beside('"permissions":{"defaultMode":"bogus"}'),
  beside('"permissions":{"defaultMode":"manual"}'),
  beside('"permissions":{"defaultMode":"delegate"}'),
  beside('"permissions":{"additionalDirectories":"/tmp"}'),
  beside('"permissions":{"denyInsteadOfPrompting":"yes"}'),
  beside('"env":["A=1"]', 'user'),
  beside('"env":"A=1"'),
  beside('"env":{"A":1,"B":null,"C":{},"D":[[]]}'),
  beside('"statusLine":"x"', 'user'),
  beside('"statusLine":{"type":"command","command":"true","padding":"0"}'),
  beside('"subagentStatusLine":5'),
  beside('"spinnerTipsOverride":{}'),
  beside('"attribution":true'),
  beside('"attribution":{"sessionUrl":"no"}'),
  beside('"$schema":"https://example.com/mine.json"'),
  beside('"allowManagedHooksOnly":null'),
  beside('"allowManagedHooksOnly":true'),
  beside('"enabledMcpjsonServers":"x"'),
  beside('"allowedMcpServers":5'),
  beside('"fallbackModel":"opus"'),
  beside('"processWrapper":["nice"]'),
  beside('"sandbox":true'),
  beside('"sandbox":{"network":{"allowedDomains":"x"}}'),
  beside('"sandbox":{"windows":5}'),
  beside('"quietHours":{"start":"25:00"}'),
  beside('"sshConfigs":[{"id":"a"}]'),
  beside('"enabledPlugins":{"a@b":null}'),
  beside('"extraKnownMarketplaces":{"m":{}}'),
  beside('"extraKnownMarketplaces":{"m":{"source":{"source":"svn"}}}'),
  beside('"blockedMarketplaces":null'),
  beside('"policyHelper":5'),
  beside('"remoteControl":5'),
  beside('"effortLevel":5,"theme":[],"viewMode":{}'),
  beside('"autoUpdatesChannel":"nightly"'),
  // the hooks
  own('hooks that are a number', () => '{"hooks":5}'),
  own('hooks that are a list', (hook) => `{"hooks":[${group(hook)}]}`),
  own('an event that is no list', (hook) => `{"hooks":{"SessionStart":${group(hook)}}}`),
  own('groups in a list of their own', (hook) => `{"hooks":{"SessionStart":[[${group(hook)}]]}}`),
  own('a group that is none beside it', (hook) => `{"hooks":{"SessionStart":[${group(hook)},5]}}`),
  own('a hook that is none beside it', (hook) => `{"hooks":{"SessionStart":[${group(`${hook},"true"`)}]}}`),
  onGroup('"matcher":5'),
  onGroup('"matcher":["startup"]'),
  onGroup('"matcher":""'),
  onGroup('"other":[]'),
  onHook('"timeout":"5"'),
  onHook('"timeout":null'),
  onHook('"timeout":0'),
  onHook('"timeout":-1'),
  onHook('"async":"yes"'),
  onHook('"shell":"zsh"'),
  onHook('"statusMessage":5'),
  onHook('"onFailure":"deny"'),
  onHook('"onFailure":"block"'),
  onHook('"other":{}'),
  event('Unknown', `[${group('{"type":"shell"}')}]`),
  event('Unknown', '5'),
  event('Stop', 'null'),
  event('Stop', `[${group('{"type":"shell"}')}]`),
  event('Stop', `[${group('{"type":"http","url":"nowhere"}')}]`),
  event('Stop', `[${group('{"type":"prompt"}')}]`),
  event('PreToolUse', '{}'),
  event('PreToolUse', '[5]'),
  event('PreToolUse', `[${group('{"type":"http","url":"nowhere"}')}]`),
  event('PreToolUse', `[${group('{"type":"command","command":"true","if":5}')}]`),
  event('PreToolUse', `[${group('{"type":"command","command":"true","timeout":9999999}')}]`),
  event('PreToolUse', `[${group('{"type":"command","command":"true","onFailure":"deny"}')}]`),
  event('PreToolUse', `[${group(command, '"matcher":5,')}]`),
  event('PermissionRequest', `[${group('{"type":"shell"}')}]`),
  event('PreSkillShellCommand', `[${group('{"type":"shell"}')}]`),
  // the switch for all hooks
  beside('"disableAllHooks":true', 'user'),
  beside('"disableAllHooks":true', 'project'),
  beside('"disableAllHooks":true', 'local'),
  beside('"disableAllHooks":false', 'local'),
  beside('"disableAllHooks":"true"', 'user'),
  beside('"disableAllHooks":"true"', 'project'),
  beside('"disableAllHooks":null', 'local'),
  beside('"disableAllHooks":true,"model":5', 'user'),
  beside('"disableAllHooks":true,"permissions":{"allow":"Read"}', 'local'),
  beside('"disableAllHooks":true,"subagentStatusLine":5'),
  own('a comment beside disableAllHooks', (hook) => `{"disableAllHooks":true, // all\n${hooks(hook)}}`, 'user'),
  own('disableAllHooks in UTF-16', (hook) => utf16(`{"disableAllHooks":true,${hooks(hook)}}`), 'user'),
  own('disableAllHooks and no hooks', () => '{"disableAllHooks":true}', 'local'),
];
