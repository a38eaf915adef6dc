import { createHash } from 'node:crypto';
import type { WorkerTemplate } from '#protocol/rules.ts';
import { decodeText } from '#core/base/encoding.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { formatArgument, formatCommand } from '#core/base/formatCommand.ts';
import { rulesPath } from '#core/base/paths.ts';
import { invalidRules, parseRules, rulesFromSetting, type ParsedRules } from './rules.ts';

/** A text of rules with its hash, by which a person approves it. */
export interface RulesText extends ParsedRules {
  /** Its origin as a person reads it: the file's path, or the setting's name. */
  source: string;
  sha256: string;
}

/** Reads a project's rules file. */
export const readRulesFile = (project: string): RulesText | undefined => readRulesAt(rulesPath(project));

/**
 * Reads a rules file once: hash and rules come from the same bytes, so that exactly the approved text runs. Undefined if
 * there is no file. An unreadable or too large file has no rules, no hash and one problem.
 */
export function readRulesAt(source: string): RulesText | undefined {
  let bytes: Buffer;
  try {
    bytes = readLinkedBytes(source);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    return { source, sha256: '', ...invalidRules(`${source} cannot be read: ${(error as Error).message}`) };
  }
  const text = decodeText(bytes);
  if (text === undefined) return { source, sha256: '', ...invalidRules(`${source} is neither UTF-8 nor UTF-16`) };
  return { source, sha256: hash(bytes), ...parseRules(text) };
}

/** The rules of the setting `fermata.rules`, hashed as canonical JSON (keys sorted). Undefined if it is empty. */
export function settingRules(setting: Record<string, string>): RulesText | undefined {
  const sorted = Object.entries(setting).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return undefined;
  const text = JSON.stringify(sorted);
  return { source: 'the setting fermata.rules', sha256: hash(text), ...rulesFromSetting(Object.fromEntries(sorted)) };
}

/** A project's rules texts: its file and its setting. Each needs its own approval. */
export function projectRules(project: string, setting: Record<string, string>): RulesText[] {
  return [readRulesFile(project), settingRules(setting)].filter((text) => text !== undefined);
}

const hash = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** The commands of a rules text, one line each with the rule's name, as a person reads them before approval. */
export function commandLines(rules: ParsedRules): string[] {
  return rules.rules.flatMap((rule) =>
    rule.workers.map((worker) => {
      const env = Object.entries(worker.env ?? {}).map(([name, value]) => `${name}=${formatArgument(value)} `);
      return `${rule.name}: ${env.join('')}${templateCommand(worker)}`;
    }),
  );
}

function templateCommand({ run, prompt = '', allowedTools = [], permissionMode = 'default' }: WorkerTemplate): string {
  if (run === undefined) {
    const tools = allowedTools.length === 0 ? '' : ` --allowedTools ${formatArgument(allowedTools.join(','))}`;
    return `claude -p ${formatArgument(prompt)} --permission-mode ${permissionMode}${tools}`;
  }
  return 'shell' in run ? `sh -c ${JSON.stringify(run.shell)}` : formatCommand(run);
}
