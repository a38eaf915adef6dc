import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

import { asRecord, readJson } from '#core/base/json.ts';
import { holdDone, isDoneHold } from '#core/session/doneHold.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { Actions } from './actions.ts';

/** Holds what Claude calls done until the command that the person names was seen to pass; what they see then takes it back. */
export async function holdUntilProven(session: LoggedSession, actions: Actions): Promise<void> {
  const command = await vscode.window.showInputBox({
    title: vscode.l10n.t('Hold Done Until Tests Pass'),
    prompt: vscode.l10n.t('Which command has to be seen to pass after Claude’s last edit?'),
    value: testCommand(session.state.session.cwd),
    // what else there is to refuse shows where Claude runs it
    validateInput: (text) =>
      [';', '|', '<', '>', '$', '`', '\n'].some((sign) => text.includes(sign))
        ? vscode.l10n.t('One command, or several joined by &&: else its exit code shows nothing.')
        : undefined,
  });
  if (command === undefined || command.trim() === '') return;
  const [first, ...more] = holdDone(command.trim());
  if (first !== undefined) actions.hold(session, first, ...more);
  const undo = vscode.l10n.t('Undo');
  const receipt = vscode.l10n.t('Claude’s turn ends once {0} was seen to pass after its last edit.', command.trim());
  // not awaited: a notification that is left open must not hold the command
  void vscode.window.showInformationMessage(receipt, undo).then((choice) => {
    if (choice === undefined) return;
    for (const block of session.state.blocks.values())
      if (isDoneHold(block) && block.ended === undefined) actions.release(session, block.id);
  });
}

/** What runs the tests of a project, by the files that it has. */
function testCommand(project: string | undefined): string {
  const has = (name: string): boolean => project !== undefined && existsSync(join(project, name));
  if (has('package.json')) {
    const runner = has('pnpm-lock.yaml') ? 'pnpm' : has('yarn.lock') ? 'yarn' : 'npm';
    const { scripts } = asRecord(safely(() => readJson(join(project ?? '', 'package.json'))));
    if (asRecord(scripts)['test'] !== undefined) return `${runner} test`;
  }
  const others: [string, string][] = [
    ['Cargo.toml', 'cargo test'],
    ['go.mod', 'go test ./...'],
    ['pyproject.toml', 'pytest'],
    ['Makefile', 'make test'],
  ];
  return others.find(([name]) => has(name))?.[1] ?? 'npm test';
}

function safely(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
