import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { homePaths, OWN_ENTRIES } from '#core/base/paths.ts';
import { entriesFor, isFailClosed, isFermataEntry, leftOut, permissionRules } from './entries.ts';
import { windowsRuntime } from './runtimeFiles.ts';
import { windowsProblem } from './windowsEntry.ts';
import { deleteRecord, readRecord, recordedFiles, sha256, writeBackup, writeRecord } from './installRecord.ts';
import type { InstallRecord } from '#protocol/fileFormats.ts';
import { joinFootprints, type PermissionRule } from '#core/install/settings/footprint.ts';
import { addHooks, removeHooks, withoutStatusLine } from '#core/install/settings/settingsEdit.ts';
import { outcomeText, type InstallAction } from './outcomeText.ts';
import { plannedStatusLine } from './plannedStatusLine.ts';
import type { TextProblem } from '#core/base/jsonc.ts';
import {
  describeFileError,
  findSettings,
  makeSettingsDir,
  readText,
  removeEmptySettingsDir,
  settingsAt,
  type InstallProblem,
  type Refusal,
  type SettingsFile,
  type SettingsLocation,
  type SettingsLookup,
} from '#core/install/settings/claudeSettingsFile.ts';

export interface UninstallOptions extends SettingsLocation {
  /** The Fermata home, absolute. */
  home: string;
  now?: () => number;
}

export interface InstallOptions extends UninstallOptions {
  /** Whether to add the rules of `permissionRules`; `asBefore` does if an earlier installation did. */
  permissions: boolean | 'asBefore';
  /** Whether this home keeps what the status line is handed; by default as an earlier installation did. */
  statusLine?: boolean;
  /** Homes of earlier installations that no longer exist; their permission rules are removed. */
  formerHomes?: readonly string[];
  /** See `hookEntries`; by default, on Windows, the Node that is recorded. */
  windowsNode?: string | undefined;
  electron?: boolean | undefined;
  claude?: string | undefined;
}

/** A change of one settings file. `before` and `after` are its text, null where there is no file. */
export interface InstallPlan {
  ok: true;
  action: InstallAction;
  file: SettingsFile;
  before: string | null;
  after: string | null;
  changed: boolean;
  /** How many hooks and permission rules an installation adds. */
  adds: { hooks: number; rules: number };
  /** How many events then have a hook. */
  events: number;
  /** What else the person should know, a sentence each. */
  notes: string[];
  /** Installing writes this record; uninstalling deletes it. */
  record: InstallRecord | undefined;
  home: string;
  now: () => number;
  /** Makes the same plan for the file's present text. */
  replan: () => InstallPlan | Refusal;
}

export type InstallOutcome = { message: string } & (
  (Pick<InstallPlan, 'ok' | 'changed' | 'before' | 'after' | 'notes'> & { file: string; backup?: string }) | Refusal
);

const MAX_ATTEMPTS = 5;

/** Plans the installation of the hooks. Writes nothing. Refuses a settings file that cannot be edited safely. */
export function planInstall(options: InstallOptions): InstallPlan | Refusal {
  const { home, scope, userHome = homedir(), now = Date.now, formerHomes = [] } = options;
  const found = findSettings(options);
  if (!found.ok) return found;
  const { file } = found;
  const { electron, windowsNode } = options.windowsNode === undefined ? windowsRuntime(home) : options;
  const refuses = windowsNode !== undefined && scope !== 'project' && isFailClosed(home);
  const problem = windowsProblem(home, electron, refuses);
  if (problem !== undefined) return { ok: false, problem: { message: problem, file: file.path } };
  const text = file.text ?? '';
  const isOurs = isFermataEntry(home);
  const isShared = scope === 'project';
  const entries = entriesFor(scope, options);
  const rules = permissionRules(isShared ? join(userHome, '.fermata') : home, userHome);
  const former = formerHomes.flatMap((formerHome) => permissionRules(formerHome, userHome));
  const isPresent = ({ rule }: PermissionRule): boolean => file.text?.includes(JSON.stringify(rule)) === true;
  const addsPermissions =
    options.permissions === 'asBefore' ? [...rules, ...former].some(isPresent) : options.permissions;
  const line = plannedStatusLine(options, text);
  if (!line.ok) return { ok: false, problem: { message: line.message, file: file.path } };
  const addition = { entries, permissions: addsPermissions ? rules : [], former, isOurs };
  const edit = addHooks(text, { ...addition, statusLine: line.home });
  if (!edit.ok) return refusal(file, edit.problem);

  // the original of a file that has our hooks already is its text without them
  const old = readRecord(home, file.target);
  const withoutHooks = old && removeHooks(text, { isOurs, footprint: old.footprint });
  const isReinstall = old !== undefined && withoutHooks?.ok === true && withoutHooks.text !== file.text;
  const hadNoFile = old?.original === null && isReinstall && withoutHooks.text === '';
  const original = isReinstall ? withoutHooks.text : file.text;
  const notes = [...edit.warnings];
  if (options.statusLine === true)
    notes.push('Fermata keeps the figures that Claude Code hands to its status line; what that shows stays as it is.');
  if (scope !== 'user' && !existsSync(dirname(file.path)))
    notes.push(
      'A Claude Code session that runs in this folder already must be restarted: there was no .claude folder when it started.',
    );
  if (isShared)
    notes.push('Everyone who shares this file gets the entries; where there is no Fermata, they do nothing.');
  notes.push(...leftOut({ claude: options.claude, failClosed: !isShared && isFailClosed(home) }));
  return {
    ok: true,
    action: 'install',
    file,
    before: file.text,
    after: edit.text,
    changed: edit.text !== file.text,
    adds: { hooks: Object.values(entries).flat().length, rules: addsPermissions ? rules.length : 0 },
    events: Object.keys(entries).length,
    notes,
    record: {
      file: file.target,
      original: hadNoFile ? null : original,
      written: sha256(edit.text),
      madeFolder: old?.madeFolder ?? false,
      home,
      host: hostIdentity(),
      statusLine: options.statusLine ?? old?.statusLine,
      footprint: isReinstall ? joinFootprints(old.footprint, edit.footprint) : edit.footprint,
    },
    home,
    now,
    replan: () => planInstall(options),
  };
}

/** Takes Fermata out of the status line; the hooks stay. */
export const removeStatusLine = (options: UninstallOptions): InstallOutcome =>
  applyInstall(planStatusLineRemoval(options));

function planStatusLineRemoval(options: UninstallOptions): InstallPlan | Refusal {
  const found = findSettings(options);
  if (!found.ok) return found;
  const { file } = found;
  const isOurs = isFermataEntry(options.home);
  const old = readRecord(options.home, file.target);
  const edit = file.text === null ? undefined : withoutStatusLine(file.text, { isOurs, footprint: old?.footprint });
  if (edit?.ok === false) return refusal(file, edit.problem);
  const after = edit?.text ?? null;
  return removal(options, file, {
    action: 'statusLine',
    after,
    record: old && {
      ...old,
      statusLine: false,
      written: after !== null && isAsWritten(file, old) ? sha256(after) : old.written,
    },
    replan: () => planStatusLineRemoval(options),
  });
}

/** A plan that adds nothing. */
function removal(
  { home, now = Date.now }: Pick<UninstallOptions, 'home' | 'now'>,
  file: SettingsFile,
  change: Pick<InstallPlan, 'action' | 'after' | 'record' | 'replan'>,
): InstallPlan {
  const isChanged = change.after !== file.text;
  const nothing = { adds: { hooks: 0, rules: 0 }, events: 0, notes: [] };
  return { ok: true, file, before: file.text, changed: isChanged, ...nothing, home, now, ...change };
}

/** Plans the removal of the hooks. Writes nothing. Refuses only a text that cannot be parsed. */
function planUninstall(options: UninstallOptions): InstallPlan | Refusal {
  return planRemoval(() => findSettings(options), options);
}

function planRemoval(find: () => SettingsLookup, options: Omit<UninstallOptions, 'scope'>): InstallPlan | Refusal {
  const { home, userHome = homedir() } = options;
  const found = find();
  if (!found.ok) return found;
  const { file } = found;
  const record = readRecord(home, file.target);
  const plan = (after: string | null): InstallPlan =>
    removal(options, file, { action: 'uninstall', after, record, replan: () => planRemoval(find, options) });
  if (file.text === null) return plan(null);
  if (record !== undefined && isAsWritten(file, record)) return plan(record.original);
  // a shared file has the rules of the default home
  const rules = [home, join(userHome, '.fermata')].flatMap((each) => permissionRules(each, userHome));
  const edit = removeHooks(file.text, { isOurs: isFermataEntry(home), rules, footprint: record?.footprint });
  if (!edit.ok) return refusal(file, edit.problem);
  const fileWasOurs = record?.original === null && edit.text !== file.text && edit.text.trim() === '';
  return plan(fileWasOurs ? null : edit.text);
}

/** Whether a file has the very text that an installation has written. */
const isAsWritten = ({ text }: SettingsFile, { written }: InstallRecord): boolean =>
  text !== null && sha256(text) === written;

/** Removes the hooks: an unedited file gets back its original bytes; an edited one keeps everything but our entries. */
export function uninstall(options: UninstallOptions): InstallOutcome {
  return applyInstall(planUninstall(options));
}

/**
 * Removes the hooks from the person's settings and from every other file that an installation of this home recorded.
 * Returns the outcome of each file that had some, or that could not be edited.
 */
export function uninstallEverywhere(options: Omit<UninstallOptions, 'scope'>): InstallOutcome[] {
  const recorded = recordedFiles(options.home).map((path) =>
    applyInstall(planRemoval(() => settingsAt(path), options)),
  );
  const outcomes = [...recorded, uninstall({ ...options, scope: 'user' })];
  return outcomes.filter((outcome) => !outcome.ok || outcome.changed);
}

/** Carries out a plan. If another program has written the file since, the plan is made again from the new text. */
export function applyInstall(plan: InstallPlan | Refusal): InstallOutcome {
  let current = plan;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && current.ok; attempt++) {
    const { file, before } = current;
    try {
      if (readText(file.target) === before) {
        const backup = executePlan(current);
        if (backup !== false) return outcome(current, backup);
      }
    } catch (error) {
      return failure({ message: describeFileError(error, file.path), file: file.path });
    }
    current = current.replan();
  }
  if (!current.ok) return failure(current.problem);
  return failure({ message: 'Somebody else keeps writing this file; try again', file: current.file.path });
}

/** Returns the path of the backup; undefined if none was needed, false if the file has changed in the meantime. */
function executePlan(plan: InstallPlan): string | undefined | false {
  const { file, before, after, changed, home, record } = plan;
  if (!changed) {
    // another program has taken it out before, and what the person wants is known from now on
    if (plan.action === 'statusLine' && record !== undefined) writeRecord(home, record);
    return undefined;
  }
  const madeFolder = plan.action === 'install' && makeSettingsDir(file.target);
  const backup =
    before === null ? undefined : writeBackup(home, file.target, Buffer.from(before, file.encoding), plan.now());
  if (plan.action !== 'uninstall' && record !== undefined)
    writeRecord(home, { ...record, madeFolder: record.madeFolder || madeFolder });
  const isUnchanged = (): boolean => readText(file.target) === before;
  if (after !== null) {
    if (!writeFileAtomic(file.target, Buffer.from(after, file.encoding), { shouldCommit: isUnchanged })) return false;
  } else {
    if (!isUnchanged()) return false;
    removeFileIfAny(file.target);
    if (record?.madeFolder === true) removeEmptySettingsDir(file.target);
  }
  if (plan.action === 'uninstall') {
    deleteRecord(home, file.target);
    forgetOwnEntries(home);
  }
  return backup;
}

/** From now on entries of a shared file count in all sessions; where own ones still run, the next prompt shows that. */
function forgetOwnEntries(home: string): void {
  const { sessions } = homePaths(home);
  for (const session of namesIn(sessions))
    for (const name of namesIn(join(sessions, session)).filter((each) => each.startsWith(OWN_ENTRIES)))
      removeFileIfAny(join(sessions, session, name));
}

function outcome(plan: InstallPlan, backup: string | undefined): InstallOutcome {
  const { before, after, changed, notes } = plan;
  return { ok: true, changed, file: plan.file.path, before, after, message: outcomeText(plan, backup), notes, backup };
}

function refusal(file: SettingsFile, { message, line, column }: TextProblem): Refusal {
  return { ok: false, problem: { message, file: file.path, line, column } };
}

function failure(problem: InstallProblem): InstallOutcome {
  const { message, file, line, column } = problem;
  const inFile = message.includes(file) ? '' : ` in ${file}`;
  const where = line === undefined ? '' : ` (line ${line}, column ${column ?? 1})`;
  return { ok: false, problem, message: `${message}${inFile}${where}. Nothing was changed.` };
}
