import { join, resolve } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { lstatOf } from '#core/base/files/facts.ts';
import { entriesIn, makeFolder } from '#core/base/files/folder.ts';
import { kindOf } from '#core/base/files/ownFolders.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { removeEmptyFolder, removeFileIfAny, removeTree } from '#core/base/files/remove.ts';
import { asRecord, isRecord, readJson } from '#core/base/json.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { sha256 } from '#core/install/installRecord.ts';
import { describeFileError } from '#core/install/settings/claudeSettingsFile.ts';
import { forgetModFolder, recordedModFolders, rememberModFolder } from './modRecord.ts';

// The plugin folder by which Claude Code runs a module of Fermata's in its own process. Nothing outside of that folder is
// edited, so that removing it is all that it takes to be rid of it.

/** The plugin's name, and the name of its folder. */
const MOD_NAME = 'fermata';

/** Names the files of the folder with their hashes, which differ where others have changed something. */
const MANIFEST = 'fermata.json';
const MODULE = 'hooks/register.js';
/** Claude Code may write its declarations of types there. */
const GENERATED = '.claude-plugin/types';
/** No file of ours is deeper. */
const MAX_DEPTH = 3;
/** A folder with more entries than this is none of ours. */
const MAX_ENTRIES = 50;

/** Where the plugin of a Fermata home belongs. */
export interface ModLocation {
  /** The Fermata home, absolute. */
  home: string;
  /** Claude Code's folder, absolute. */
  config: string;
}

/** Where the plugin of a person's Fermata home belongs. */
export function modLocation({
  home,
  userHome,
  claudeConfigDir,
}: {
  home: string;
  userHome: string;
  claudeConfigDir?: string | undefined;
}): ModLocation {
  return { home, config: claudeConfigDir ? resolve(claudeConfigDir) : join(userHome, '.claude') };
}

export interface ModInstallOptions extends ModLocation {
  /** The module's text as it was built. */
  module: string;
  version: string;
}

/** What is in the plugin's place. */
export type ModFolder =
  | { state: 'absent' }
  /** Made by a Fermata, and unchanged; `home` is the one that it serves. */
  | { state: 'ours'; version: string; home: string; complete: boolean; made: string[] }
  /** Something else, or changed by others: a sentence names what. It is left alone. */
  | { state: 'foreign'; why: string };

export type ModOutcome = { ok: true; changed: boolean; message: string } | { ok: false; message: string };

const skillsFolder = ({ config }: Pick<ModLocation, 'config'>): string => join(config, 'skills');
export const modFolder = (place: Pick<ModLocation, 'config'>): string => join(skillsFolder(place), MOD_NAME);

/** Looks what is in the plugin's place. Writes nothing; never throws. */
export function readModFolder(place: Pick<ModLocation, 'config'>): ModFolder {
  const folder = modFolder(place);
  const stats = lstatOf(folder);
  if (stats === undefined) return { state: 'absent' };
  if (!stats.isDirectory())
    return { state: 'foreign', why: `${folder} is ${kindOf(stats)}, not a folder of Fermata’s` };
  const { version, home, files, made } = asRecord(readJson(join(folder, MANIFEST)));
  if (typeof version !== 'string' || typeof home !== 'string' || !isRecord(files))
    return { state: 'foreign', why: `${folder} was not made by Fermata` };
  const names = namesBelow(folder);
  const changed = names?.find((name) => name !== MANIFEST && !isUnchanged(folder, name, files[name]));
  if (names === undefined || changed !== undefined)
    return { state: 'foreign', why: `${join(folder, changed ?? '')} was changed by somebody else` };
  const complete = [MANIFEST, ...Object.keys(files)].every((name) => names.includes(name));
  return { state: 'ours', version, home, complete, made: asStrings(made) };
}

const asStrings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

/** The files in a folder by their paths below it; undefined where something is neither a file nor a folder. */
function namesBelow(folder: string, prefix = '', depth = 1): string[] | undefined {
  const entries = entriesIn(join(folder, prefix), MAX_ENTRIES);
  if (entries.length >= MAX_ENTRIES) return undefined;
  const names: string[] = [];
  for (const entry of entries) {
    const name = prefix + entry.name;
    if (name === GENERATED) continue;
    const below = entry.isFile() ? [name] : undefined;
    const found = entry.isDirectory() && depth < MAX_DEPTH ? namesBelow(folder, `${name}/`, depth + 1) : below;
    if (found === undefined) return undefined;
    names.push(...found);
  }
  return names;
}

/** Whether a file has one of the hashes that the manifest has for it: two while it is being replaced. */
function isUnchanged(folder: string, name: string, hashes: unknown): boolean {
  const text = readTextIfAny(join(folder, name));
  return text !== undefined && asStrings(hashes).includes(sha256(text));
}

/** Why nothing can be put into the plugin's place, a sentence; undefined where it can. */
function obstacleAt(place: ModLocation): string | undefined {
  const skills = skillsFolder(place);
  const stats = lstatOf(skills);
  if (stats?.isSymbolicLink() === true)
    return `${skills} is a link, and Fermata writes nothing through it: the folder may belong to something else`;
  if (stats !== undefined && !stats.isDirectory()) return `${skills} is ${kindOf(stats)}, not a folder`;
  const found = readModFolder(place);
  return found.state === 'foreign' ? `${found.why}. Move it away, then install again` : undefined;
}

/** Whether the plugin's folder has exactly the files of this build. */
export function isModCurrent(build: ModInstallOptions): boolean {
  const found = readModFolder(build);
  const folder = modFolder(build);
  if (found.state !== 'ours' || !found.complete || found.home !== build.home) return false;
  return Object.entries(filesOf(build)).every(([name, text]) => readTextIfAny(join(folder, name)) === text);
}

/**
 * Makes the plugin's folder, or brings it up to date. What others have put there or changed is left alone, and the message
 * names it. Never throws.
 */
export function installMod(build: ModInstallOptions): ModOutcome {
  const folder = modFolder(build);
  const obstacle = obstacleAt(build);
  if (obstacle !== undefined) return { ok: false, message: `${obstacle}. Nothing was changed.` };
  if (isModCurrent(build)) return { ok: true, changed: false, message: `The plugin is already in ${folder}.` };
  try {
    rememberModFolder(build.home, build.config);
    writeFiles(build);
  } catch (error) {
    return { ok: false, message: `${describeFileError(error, folder)}. The plugin is not installed.` };
  }
  return { ok: true, changed: true, message: `The plugin is now in ${folder}.` };
}

/** The manifest comes first and last: with the hashes of the old and the new files as long as both may be there. */
function writeFiles(build: ModInstallOptions): void {
  const folder = modFolder(build);
  const before = readModFolder(build);
  const made = before.state === 'ours' ? before.made : missingFolders(build);
  for (const name of ['', '.claude-plugin', 'hooks']) makeFolder(join(folder, name));
  const files = filesOf(build);
  const old = asRecord(asRecord(readJson(join(folder, MANIFEST)))['files']);
  const write = (name: string, text: string): void => void writeFileAtomic(join(folder, name), text, { mode: 0o644 });
  const writeManifest = (hashesOf: (name: string, text: string) => string[]): void => {
    const hashes = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, hashesOf(name, text)]));
    const { version, home } = build;
    write(MANIFEST, `${JSON.stringify({ version, home, made, files: hashes }, null, 2)}\n`);
  };
  writeManifest((name, text) => [sha256(text), ...asStrings(old[name])]);
  for (const [name, text] of Object.entries(files)) write(name, text);
  writeManifest((_name, text) => [sha256(text)]);
}

/** The folders that the installation makes, and that its removal takes away again where nothing else came into them. */
const missingFolders = (place: ModLocation): string[] =>
  [skillsFolder(place), place.config].filter((folder) => lstatOf(folder) === undefined);

/** Removes the plugin's folder, and the folders that were made for it. One that others have changed stays. Never throws. */
export function removeMod(place: ModLocation): ModOutcome {
  const folder = modFolder(place);
  const found = readModFolder(place);
  if (found.state === 'absent') {
    forgetModFolder(place.home, place.config);
    return { ok: true, changed: false, message: `There is no plugin of Fermata in ${skillsFolder(place)}.` };
  }
  const isOfOther = found.state === 'ours' && found.home !== place.home;
  if (found.state === 'foreign' || isOfOther) {
    const why = found.state === 'foreign' ? found.why : `${folder} belongs to the Fermata in ${found.home}`;
    return { ok: false, message: `${why}. It was left alone; remove it by hand.` };
  }
  try {
    removeTree(folder);
    for (const each of found.made) if (each === skillsFolder(place) || each === place.config) removeIfEmpty(each);
    forgetModFolder(place.home, place.config);
    removeSigns(place.home);
  } catch (error) {
    return { ok: false, message: `${describeFileError(error, folder)}. The plugin is still there.` };
  }
  return { ok: true, changed: true, message: `The plugin was removed: ${folder}` };
}

/**
 * Removes the plugin from Claude Code's folder and from every other one that an installation of this home recorded. Returns
 * the outcome of each that had it, or that had to be left alone.
 */
export function removeModEverywhere({ home, config }: ModLocation): ModOutcome[] {
  const places = [...new Set([config, ...recordedModFolders(home)])].map((each) => ({ home, config: each }));
  // another home's plugin in the usual place is no business of this one's
  const isOthers = ({ config }: ModLocation): boolean => {
    const found = readModFolder({ config });
    return !recordedModFolders(home).includes(config) && (found.state !== 'ours' || found.home !== home);
  };
  return places
    .filter((place) => !isOthers(place))
    .map(removeMod)
    .filter((outcome) => !outcome.ok || outcome.changed);
}

/** Claude Code may unload the plugin before that can take back its signs of life. */
function removeSigns(home: string): void {
  const { sessions } = homePaths(home);
  for (const session of entriesIn(sessions))
    if (session.isDirectory()) removeFileIfAny(sessionPaths(join(sessions, session.name)).mod);
}

function removeIfEmpty(folder: string): void {
  try {
    removeEmptyFolder(folder);
  } catch {
    // it has other files
  }
}

/** The files of the folder besides the manifest, the one by which Claude Code knows it last. */
function filesOf(options: ModInstallOptions): Record<string, string> {
  const { home, module, version } = options;
  const plugin = {
    name: MOD_NAME,
    version,
    description: 'Shows in Claude Code what Fermata holds, and lets you release it.',
  };
  const lines = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  return {
    [MODULE]: `const FERMATA = ${JSON.stringify({ home, version, folder: modFolder(options) })};\n${module}`,
    'hooks/hooks.json': lines({ modules: ['./register.js'] }),
    '.claude-plugin/plugin.json': lines(plugin),
  };
}
