import { join } from 'node:path';
import { namesIn } from '#core/base/files/folder.ts';
import { parseJsonc, problemAt, type ParsedJson } from '#core/base/jsonc.ts';
import { asRecord, isRecord } from '#core/base/json.ts';
import { asArray, fileRejectionReason, isTooLarge, passedOver, type HookTest } from './hookShape.ts';
import { refusedSetting } from './claudeSettingsValues.ts';
import {
  describeFileError,
  readAsClaude,
  settingsPath,
  type InstallScope,
  type SettingsLocation,
} from './claudeSettingsFile.ts';

/** What Claude Code calls a plugin in its folder of skills. */
const PLUGIN = 'fermata@skills-dir';

/** How Claude Code reads one of its settings files. */
export interface SettingsFacts {
  scope: InstallScope | 'managed';
  path: string;
  state: 'absent' | 'read' | 'ignored';
  /** Why Claude Code ignores the whole file, a clause for a person, and what to do about it, a sentence. */
  why?: string;
  fix?: string;
  /** Whether it has entries of Fermata's, in force or not. */
  ours: boolean;
  /** Whether Claude Code runs one of those entries if it reads the file; if not, `why` and `fix` say why. */
  inForce: boolean;
  /** The setting for which some versions ignore the file; of the one in question that is not known. */
  unsure?: string;
  /** The file's own value; a stronger file overrides it. */
  disableAllHooks?: boolean;
  /** Whether it allows managed hooks only; without effect in scopes other than `managed`. */
  managedHooksOnly: boolean;
  /** Whether it switches off modules of plugins that are not managed; without effect in scopes other than `managed`. */
  managedModsOnly: boolean;
  /** Whether it switches Fermata's plugin off, or on; a stronger file overrides it. */
  plugin?: boolean;
}

/** The folder of an administrator's settings. */
export function managedDir(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode';
  return platform === 'win32' ? 'C:\\Program Files\\ClaudeCode' : '/etc/claude-code';
}

/** The facts of every settings file that counts in a project, stronger files later. Writes nothing; never throws. */
export function settingsFacts(
  query: Omit<SettingsLocation, 'scope'> & { claude?: string },
  isOurs: HookTest,
  managed: string = managedDir(),
): SettingsFacts[] {
  const facts = (scope: SettingsFacts['scope'], path: string) => factsOf({ scope, path }, isOurs, query.claude);
  const own = (scope: InstallScope): SettingsFacts => facts(scope, settingsPath({ ...query, scope }));
  const inProject = query.projectDir === undefined ? [] : [own('project'), own('local')];
  return [own('user'), ...inProject, ...managedFiles(managed).map((path) => facts('managed', path))];
}

function factsOf(file: Pick<SettingsFacts, 'scope' | 'path'>, isOurs: HookTest, claude?: string): SettingsFacts {
  const facts: SettingsFacts = {
    ...file,
    state: 'read',
    ours: false,
    inForce: false,
    managedHooksOnly: false,
    managedModsOnly: false,
  };
  const ignored = (why: string, fix = 'Correct that file.'): SettingsFacts => {
    return { ...facts, state: 'ignored', why, fix };
  };
  const { path } = file;
  let found: ReturnType<typeof readAsClaude>;
  try {
    found = readAsClaude(path);
  } catch (error) {
    return ignored(describeFileError(error, path));
  }
  if (found === null) return { ...facts, state: 'absent' };
  const { text, bytes } = found;
  // not worth the time to parse it
  if (isTooLarge(bytes, claude)) return { ...ignored('it is larger than 2 MiB'), ours: namesPrograms(text) };
  const body = text.replace(/^\uFEFF/, '');
  const parsed = parseAsClaude(body);
  if (!parsed.ok) {
    const { message, line, column } = parsed.problem;
    return ignored(`${message.replace(/^This/, 'it')} (line ${line}, column ${column})`);
  }
  const { value: settings, extension } = parsed;
  // an empty file counts as no settings
  if (text.trim() === '') return facts;
  if (!isRecord(settings)) return ignored('it is not an object');
  const ours = hooksIn(settings).filter(({ hook }) => isOurs(hook));
  facts.ours = ours.length > 0;
  const passed = ours.map(({ group, hook }) => passedOver(group, hook, claude));
  facts.inForce = passed.includes(undefined);
  if (extension !== undefined)
    return ignored(
      `it holds a comment or trailing comma (line ${problemAt(body, extension, '').line})`,
      'Remove comments and trailing commas there: Claude Code reads plain JSON only.',
    );
  const invalid = fileRejectionReason(settings, claude);
  if (invalid !== undefined) return ignored(`it holds an invalid hook (${invalid})`, 'Correct that hook.');
  // of an administrator's file only the setting itself is ignored
  const refused = file.scope === 'managed' ? undefined : refusedSetting(settings, claude);
  if (refused?.certain)
    return ignored(
      `it holds a value that Claude Code does not take ("${refused.setting}")`,
      'Correct that value, or remove it.',
    );
  facts.unsure = refused?.setting;
  if (facts.ours && !facts.inForce)
    Object.assign(facts, { why: `each of them is invalid (${passed[0]})`, fix: 'Install the hooks again.' });
  const { disableAllHooks, allowManagedHooksOnly, strictPluginOnlyCustomization: strict } = settings;
  if (typeof disableAllHooks === 'boolean') facts.disableAllHooks = disableAllHooks;
  facts.managedModsOnly = POLICY_PLUGINS.some((name) => {
    const only = asRecord(asRecord(asRecord(settings['pluginConfigs'])[name])['options'])['allowManagedModsOnly'];
    return only !== undefined && only !== false;
  });
  const plugin = asRecord(settings['enabledPlugins'])[PLUGIN];
  if (typeof plugin === 'boolean') facts.plugin = plugin;
  facts.managedHooksOnly =
    allowManagedHooksOnly === true || strict === true || (Array.isArray(strict) && strict.includes('hooks'));
  return facts;
}

/** Claude Code's own plugin whose options an administrator sets: its name in 2.1.332, and the one of earlier versions. */
const POLICY_PLUGINS = ['cc-plugin-sec-default@builtin', 'sec-default@builtin'];

/** Parses a text as Claude Code does, however deep it is nested; what that cannot read is looked at for its error. */
function parseAsClaude(text: string): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return parseJsonc(text);
  }
}

/** Whether a text names a program that Fermata's entries start. */
const namesPrograms = (text: string): boolean => /gate\.sh|hook\.cjs/.test(text);

/** Every handler under `hooks`, with its event and group. Accepts any value, and skips what is not shaped like hooks. */
export const hooksIn = (settings: unknown): { event: string; group: Record<string, unknown>; hook: unknown }[] =>
  Object.entries(asRecord(asRecord(settings)['hooks'])).flatMap(([event, groups]) =>
    asArray(groups)
      .map(asRecord)
      .flatMap((group) => asArray(group['hooks']).map((hook) => ({ event, group, hook }))),
  );

function managedFiles(dir: string): string[] {
  const parts = namesIn(join(dir, 'managed-settings.d')).filter((name) => name.endsWith('.json'));
  return [join(dir, 'managed-settings.json'), ...parts.toSorted().map((name) => join(dir, 'managed-settings.d', name))];
}
