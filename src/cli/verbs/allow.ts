import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { approve, isApproved, revoke } from '#core/plans/rules/approval.ts';
import { fermataHome, rulesPath } from '#core/base/paths.ts';
import { commandLines, projectRules, type RulesText } from '#core/plans/rules/rulesFile.ts';
import { loadSettings } from '#core/base/settings.ts';
import { formatDryRun, dryRun } from '#core/plans/rules/dryRun.ts';
import { print, printable } from '#cli/output.ts';
import { visibleCommand } from '#protocol/hiddenText.ts';
import { refused } from '#cli/exit.ts';
import { flagOption, textOption, type Call, type Verb } from '#cli/verb.ts';

export const allow: Verb = {
  name: 'allow',
  summary: 'Show the commands that a project’s rules run, and approve them',
  usage: '[--project DIR] [--revoke | --try PROMPT]',
  options: {
    project: textOption('DIR', 'the project; default: this folder'),
    revoke: flagOption('take back every approval of this project'),
    try: textOption('PROMPT', 'only show which workers a prompt would start; nothing is started or approved'),
  },
  examples: ['fermata allow --project .', 'fermata allow --try "process files: a.csv, b.csv"'],
  notes: [
    'It covers the text of the commands, not the scripts they name. A changed text must be approved again.',
    'It asks first where there is a terminal.',
  ],
  personal: ({ text }) => (text('try') === undefined ? 'approve rules' : undefined),
  run: async (call) => {
    const { io } = call;
    const prompt = call.text('try');
    const home = fermataHome(io.env);
    const project = realProject(resolve(io.cwd, call.text('project') ?? '.'));
    if (prompt !== undefined) {
      const result = dryRun(home, project, loadSettings(home, project).rules, prompt);
      return print(call, printable(formatDryRun(result, prompt)), { ...result });
    }
    if (call.flag('revoke')) {
      revoke(home, project);
      return print(call, `nothing is approved any more for ${project}`, { project, approved: [] });
    }
    const texts = projectRules(project, loadSettings(home, project).rules);
    if (texts.length === 0)
      throw refused(`there are no rules: neither ${rulesPath(project)} nor the setting fermata.rules`);
    for (const text of texts) show(call, text);
    const usable = texts.filter((text) => text.sha256 !== '' && text.rules.length > 0);
    if (usable.length === 0) throw refused('no rule in it can work');
    const unapproved = usable.filter((text) => !isApproved(home, project, text.sha256));
    if (unapproved.length > 0 && !(await confirmed(call))) throw refused('nothing was approved');
    for (const text of unapproved) approve(home, project, text.sha256);
    print(call, unapproved.length === 0 ? 'approved already' : `approved for ${project}`, {
      project,
      approved: usable.map(({ source, sha256 }) => ({ source, sha256 })),
      commands: usable.flatMap(commandLines),
      problems: texts.flatMap((text) => text.problems),
    });
  },
};

function realProject(dir: string): string {
  try {
    return realpathSync.native(dir);
  } catch {
    throw refused(`there is no folder ${dir}`);
  }
}

function show({ io, flag }: Call, text: RulesText): void {
  const out = flag('json') ? io.stderr : io.stdout;
  out(`${visibleCommand(text.source)}\n`);
  // a person approves the text on the terminal, so no character of a command may hide or move a part of it
  for (const line of commandLines(text)) out(`  ${visibleCommand(line)}\n`);
  for (const problem of text.problems)
    io.stderr(`  ${visibleCommand(problem.rule)} cannot work: ${visibleCommand(problem.message)}\n`);
}

async function confirmed({ io }: Call): Promise<boolean> {
  if ((io.stdin as { isTTY?: boolean }).isTTY !== true) return true;
  const terminal = createInterface({ input: io.stdin, output: process.stderr });
  const reply = await terminal.question('May these commands run when a prompt matches? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(reply.trim());
}
