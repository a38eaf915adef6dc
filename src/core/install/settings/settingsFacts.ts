import { join } from 'node:path';
import { getNodeValue } from 'jsonc-parser';
import { namesIn } from '#core/base/files/folder.ts';
import { asRecord, isRecord } from '#core/base/json.ts';
import { asArray, fileRejectionReason, isTooLarge, type HookTest } from './hookShape.ts';
import { firstNonJsonLine, parseText } from './jsonText.ts';
import {
  describeFileError,
  readText,
  settingsPath,
  type InstallScope,
  type SettingsLocation,
} from './claudeSettingsFile.ts';

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
  /** The file's own value; a stronger file overrides it. */
  disableAllHooks?: boolean;
  /** Whether it allows managed hooks only; without effect in scopes other than `managed`. */
  managedHooksOnly: boolean;
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
  const facts: SettingsFacts = { ...file, state: 'read', ours: false, managedHooksOnly: false };
  const ignored = (why: string, fix = 'Correct that file.'): SettingsFacts => {
    return { ...facts, state: 'ignored', why, fix };
  };
  const { path } = file;
  let text: string | null;
  try {
    text = readText(path);
  } catch (error) {
    return ignored(describeFileError(error, path));
  }
  if (text === null) return { ...facts, state: 'absent' };
  const parsed = parseText(text.replace(/^\uFEFF/, ''));
  if (!parsed.ok) {
    const { message, line, column } = parsed.problem;
    return ignored(`${message.replace(/^This/, 'it')} (line ${line}, column ${column})`);
  }
  const { root } = parsed.json;
  // an empty file counts as no settings
  if (root === undefined && text.trim() === '') return facts;
  const settings: unknown = root === undefined ? undefined : getNodeValue(root);
  if (!isRecord(settings)) return ignored('it is not an object');
  facts.ours = hooksIn(settings).some(({ hook }) => isOurs(hook));
  if (isTooLarge(text)) return ignored('it is larger than 2 MiB');
  const nonJsonLine = firstNonJsonLine(parsed.json);
  if (nonJsonLine !== undefined)
    return ignored(
      `it holds a comment or trailing comma (line ${nonJsonLine})`,
      'Remove comments and trailing commas there: Claude Code reads plain JSON only.',
    );
  const invalid = fileRejectionReason(settings, claude);
  if (invalid !== undefined) return ignored(`it holds an invalid hook (${invalid})`, 'Correct that hook.');
  const { disableAllHooks, allowManagedHooksOnly, strictPluginOnlyCustomization: strict } = settings;
  if (typeof disableAllHooks === 'boolean') facts.disableAllHooks = disableAllHooks;
  facts.managedHooksOnly =
    allowManagedHooksOnly === true || strict === true || (Array.isArray(strict) && strict.includes('hooks'));
  return facts;
}

/** Every handler under `hooks`, with its event. Accepts any value, and skips what is not shaped like hooks. */
export const hooksIn = (settings: unknown): { event: string; hook: unknown }[] =>
  Object.entries(asRecord(asRecord(settings)['hooks'])).flatMap(([event, groups]) =>
    asArray(groups).flatMap((group) => asArray(asRecord(group)['hooks']).map((hook) => ({ event, hook }))),
  );

function managedFiles(dir: string): string[] {
  const parts = namesIn(join(dir, 'managed-settings.d')).filter((name) => name.endsWith('.json'));
  return [join(dir, 'managed-settings.json'), ...parts.toSorted().map((name) => join(dir, 'managed-settings.d', name))];
}
