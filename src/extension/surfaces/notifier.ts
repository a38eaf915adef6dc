import * as vscode from 'vscode';
import type { Settings } from '../../protocol/settings.ts';
import type { ViewModel } from '../../protocol/viewModel.ts';
import { newsOf, type Memory, type News } from './attention.ts';
import { counted } from '../counted.ts';
import { COMMANDS, PREFIX, VIEWS } from '../ids.ts';
import type { NewsClaims } from './newsClaims.ts';

/** More than this at once is told as a number. */
const MOST_AT_ONCE = 3;
/** A notification shows the beginning of a text; the panel shows all of it. */
const LONGEST = 300;
/** How long a message stays in the status bar. */
const STATUS_MS = 8000;

/** A window behind another leaves it this much time to tell the news. */
const BEHIND_MS = 300;

const RELEASE = vscode.l10n.t('Release');
const WITH_A_WORD = vscode.l10n.t('Release with a Word…');
const START = vscode.l10n.t('Start');
const NOT = vscode.l10n.t("Don't Start");
const ALLOW = vscode.l10n.t('Allow');
const DENY = vscode.l10n.t('Deny');
const DENY_WITH_A_WORD = vscode.l10n.t('Deny with a Word…');
const SHOW = vscode.l10n.t('Show Panel');
const TERMINAL = vscode.l10n.t('Go to Terminal');
const QUIET = vscode.l10n.t("Don't Show Again");

/** Tells the person what is news, by notification or in the status bar. */
export class Notifier {
  readonly #memory: Memory = { sinceMs: Date.now(), told: new Set() };
  readonly #again: () => void;
  readonly #fault: (error: unknown) => void;
  readonly #claims: NewsClaims;
  readonly #later = new Set<NodeJS.Timeout>();
  #timer: NodeJS.Timeout | undefined;

  /** `again` is called when a block has held Claude for long enough to be news. */
  constructor(claims: NewsClaims, again: () => void, fault: (error: unknown) => void) {
    this.#claims = claims;
    claims.prune(Date.now());
    this.#again = again;
    this.#fault = fault;
  }

  look(views: readonly ViewModel[], settings: Settings): void {
    const looked = views.filter((view) => view.session.live).map((view) => newsOf(view, settings, this.#memory));
    const next = Math.min(...looked.map(({ nextTs }) => nextTs ?? Infinity));
    clearTimeout(this.#timer);
    if (next !== Infinity) this.#timer = setTimeout(this.#again, Math.max(0, next - Date.now()) + 1);
    const news = looked.flatMap((l) => l.news);
    for (const { text } of news.filter((n) => n.how === 'statusBar').slice(-1)) {
      vscode.window.setStatusBarMessage(`$(bell) ${oneLine(text).replaceAll('$(', '(')}`, STATUS_MS);
    }
    const loud = news.filter((n) => n.how === 'notification');
    if (loud.length === 0) return;
    // the window that the person looks at is the one to tell it
    if (vscode.window.state.focused) {
      this.#tell(loud);
      return;
    }
    const timer = setTimeout(() => {
      this.#later.delete(timer);
      this.#tell(loud);
    }, BEHIND_MS);
    this.#later.add(timer);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const timer of this.#later) clearTimeout(timer);
  }

  /** Of several windows one tells. In Restricted Mode nothing is written, so nothing is claimed. */
  #tell(loud: readonly News[]): void {
    const ours = vscode.workspace.isTrusted ? loud.filter(({ key }) => this.#claims.claim(key)) : loud;
    if (ours.length > MOST_AT_ONCE) this.#run(tellMany(ours));
    else for (const item of ours) this.#run(tell(item));
  }

  #run(told: Promise<void>): void {
    told.catch(this.#fault);
  }
}

function tell(item: News): Promise<void> {
  if (item.run !== undefined) return tellPlan(item);
  if (item.kind === 'block') return tellBlock(item);
  if (item.kind !== 'permission') return tellOther(item);
  return item.ask === undefined || !vscode.workspace.isTrusted ? tellAskElsewhere(item) : tellAsk(item);
}

async function tellPlan({ text, session, run }: News): Promise<void> {
  const choices = vscode.workspace.isTrusted ? [START, NOT, SHOW] : [SHOW];
  const choice = await vscode.window.showInformationMessage(oneLine(text), ...choices);
  if (choice === SHOW) await showPanel(session);
  if (choice === START) await vscode.commands.executeCommand(COMMANDS.startPlan, { session, run });
  if (choice === NOT) await vscode.commands.executeCommand(COMMANDS.refusePlan, { session, run });
}

async function tellAsk({ text, session, ask }: News): Promise<void> {
  const choice = await vscode.window.showWarningMessage(oneLine(text), ALLOW, DENY, DENY_WITH_A_WORD, SHOW);
  if (choice === SHOW) await showPanel(session);
  if (choice === undefined || choice === SHOW) return;
  const decision = choice === ALLOW ? 'allow' : 'deny';
  const prompt = {
    title: vscode.l10n.t('Deny with a Word'),
    prompt: vscode.l10n.t('Tell Claude why, or what to do instead'),
  };
  const word = choice === DENY_WITH_A_WORD ? await vscode.window.showInputBox(prompt) : '';
  if (word !== undefined)
    await vscode.commands.executeCommand(COMMANDS.answerPermission, { session, ask, decision, word });
}

/** What can be answered only where Claude runs. */
async function tellAskElsewhere({ text, session }: News): Promise<void> {
  const choices = vscode.workspace.isTrusted ? [TERMINAL, SHOW, QUIET] : [SHOW, QUIET];
  const choice = await vscode.window.showWarningMessage(oneLine(text), ...choices);
  if (choice === SHOW) await showPanel(session);
  if (choice === TERMINAL) await vscode.commands.executeCommand(COMMANDS.focusTerminal, { session });
  if (choice === QUIET) await quiet('permission');
}

async function tellBlock({ text, session, block }: News): Promise<void> {
  const choices = vscode.workspace.isTrusted ? [RELEASE, WITH_A_WORD, SHOW] : [SHOW];
  const choice = await vscode.window.showWarningMessage(oneLine(text), ...choices);
  if (choice === SHOW) await showPanel(session);
  if (choice === RELEASE) await vscode.commands.executeCommand(COMMANDS.release, { session, block });
  if (choice !== WITH_A_WORD) return;
  const word = await vscode.window.showInputBox({
    title: vscode.l10n.t('Release {0}', block ?? ''),
    prompt: vscode.l10n.t('Tell Claude why or what next'),
  });
  if (word !== undefined) await vscode.commands.executeCommand(COMMANDS.release, { session, block, word });
}

/** An escalation needs somebody; a decision or an end is good to know. */
async function tellOther({ text, kind, session }: News): Promise<void> {
  const { showInformationMessage, showWarningMessage } = vscode.window;
  const show = kind === 'escalation' ? showWarningMessage : showInformationMessage;
  const choice = await show(oneLine(text), SHOW, QUIET);
  if (choice === SHOW) await showPanel(session);
  if (choice === QUIET) await quiet(kind);
}

async function tellMany(news: readonly News[]): Promise<void> {
  const needed = news.filter(({ kind }) => kind !== 'decision' && kind !== 'done').length;
  const text =
    needed > 0
      ? counted(vscode.l10n.t('{0, plural, one {# thing needs you.} other {# things need you.}}'), needed)
      : counted(vscode.l10n.t('{0, plural, one {# thing has happened.} other {# things have happened.}}'), news.length);
  const show = needed > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  if ((await show(text, SHOW)) === SHOW) await vscode.commands.executeCommand(`${VIEWS.panel}.focus`);
}

/** The panel, with the session that the news is of. */
async function showPanel(session: string): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS.showSession, { session });
}

async function quiet(kind: News['kind']): Promise<void> {
  const own = vscode.workspace.getConfiguration(PREFIX);
  await own.update(`notify.${kind}`, 'statusBar', vscode.ConfigurationTarget.Global);
}

/** Notifications know a little markup and links; what a worker says is no such thing. */
function oneLine(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').replaceAll('](', '] (').trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}
