import * as vscode from 'vscode';
import { formatDuration } from '#extension/base/formatDuration.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { inertLabel } from '#extension/base/inertText.ts';
import { plural } from '#extension/base/plural.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import { runFermata, type FermataContext } from '#extension/base/runFermata.ts';
import { pickFolder } from './rulesDialogs.ts';

/** What `fermata rules try --json` prints, as far as it is shown. */
interface Printed {
  totals: {
    sessions: number;
    affected: number;
    held: number;
    refused: number;
    waiting: number;
    ms: number;
    unjudged: { code: 'summaryOnly' | 'noLog' | 'noFigures' | 'unreadable' | 'cut'; calls: number }[];
  };
  sessions: PrintedSession[];
  skipped: { id: string; skipped: string }[];
  problems: string[];
}

interface PrintedSession {
  session: string;
  name: string | null;
  logged: boolean;
  transcript: string | null;
  held: PrintedCall[];
}

interface PrintedCall {
  ts: number;
  events: number;
  tool?: string;
  summary?: string;
  outcome: 'released' | 'refused' | 'waiting';
  ms: number;
  reasons: string[];
}

/** A moment of a past session that the person wants to look at. */
export interface PastCallChoice {
  session: string;
  event: number;
}

interface Row extends vscode.QuickPickItem {
  session?: PrintedSession;
  call?: PrintedCall;
}

/** So many calls are listed; the sentence above counts all. */
const MAX_ROWS = 2000;

/**
 * "Try on Past Sessions": what a rule, a block, a lock or another time to hold would have held. `fermata rules try` does the work
 * in a process of its own. Returns the moment of a session with a log that the person has chosen.
 */
export async function tryOnPast(context: FermataContext): Promise<PastCallChoice | undefined> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(vscode.l10n.t('Patterns of rules are not run in Restricted Mode. Trust the folder first.'));
  const title = vscode.l10n.t('Try on Past Sessions');
  const folder = await pickFolder(title);
  const what = folder === undefined ? undefined : await pickPolicy(title);
  if (folder === undefined || what === undefined) return undefined;
  const location = vscode.ProgressLocation.Notification;
  const printed = await vscode.window.withProgress(
    { location, title: vscode.l10n.t('Trying it on past sessions…') },
    () => run(context, ['rules', 'try', '--json', '--project', folder, ...what]),
  );
  const row = await vscode.window.showQuickPick(rowsOf(printed), {
    title: totalsText(printed.totals),
    placeHolder: vscode.l10n.t('Nothing was held or changed. Choose a call to see that moment.'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (row?.session === undefined || row.call === undefined) return undefined;
  const { session, logged, transcript } = row.session;
  if (logged) return { session, event: row.call.events };
  if (transcript !== null) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(transcript));
  return undefined;
}

async function run(context: FermataContext, args: string[]): Promise<Printed> {
  try {
    return JSON.parse(await runFermata(context, args)) as Printed;
  } catch (error) {
    throw new HumanError(vscode.l10n.t('It could not be tried: {0}', (error as Error).message));
  }
}

/** What is tried, as options of `fermata rules try`; undefined where the person cancels. */
async function pickPolicy(title: string): Promise<string[] | undefined> {
  const choices = [
    { label: vscode.l10n.t('The rules of this folder'), value: 'rules' },
    { label: vscode.l10n.t('A block of commands…'), description: 'git push*', value: 'command' },
    { label: vscode.l10n.t('A block of tools…'), description: 'Edit|Write', value: 'tool' },
    { label: vscode.l10n.t('A lock on files…'), description: 'src/**', value: 'lock' },
    { label: vscode.l10n.t('A budget…'), description: '2M', value: 'budget' },
    { label: vscode.l10n.t('Git commands that take what others have not committed'), value: 'git' },
    { label: vscode.l10n.t('Another time to hold…'), description: '60', value: 'hold' },
  ] as const;
  const kind = await pickOne([...choices], title, vscode.l10n.t('What would have been held?'));
  if (kind === undefined) return undefined;
  if (kind === 'rules') return [];
  if (kind === 'git') return ['--git=hold'];
  const prompts = {
    command: vscode.l10n.t('A pattern of commands, with * for anything'),
    tool: vscode.l10n.t('Names of tools, separated by |, with * for anything'),
    lock: vscode.l10n.t('A file, a folder or a pattern, from the folder of each session'),
    budget: vscode.l10n.t(
      'What a session with all its agents may spend: tokens, dollars or a time, as in 500k, 2M, $5, 30m',
    ),
    hold: vscode.l10n.t('Seconds for which a call is held at most'),
  };
  const placeHolder = choices.find(({ value }) => value === kind)?.label;
  const text = await vscode.window.showInputBox({ title, prompt: prompts[kind], placeHolder });
  if (text === undefined || text.trim() === '') return undefined;
  const value = text.trim();
  return {
    command: ['--tool=Bash', `--command=${value}`],
    tool: [`--tool=${value}`],
    lock: [`--lock=file:${value}`],
    budget: [`--budget=${value}`],
    hold: [`--hold=${value}`],
  }[kind];
}

function totalsText({ held, affected, sessions, refused, waiting, ms }: Printed['totals']): string {
  if (held === 0)
    return plural(
      vscode.l10n.t('{0, plural, one {In # session} other {In # sessions}} nothing would have been held'),
      sessions,
    );
  const total = plural(
    vscode.l10n.t('{0, plural, one {# call} other {# calls}} would have been held, in {1} of {2} sessions'),
    held,
    affected,
    sessions,
  );
  const released = held - refused - waiting;
  const ends = [
    ...(refused > 0 ? [vscode.l10n.t('{0} refused in the end', refused)] : []),
    ...(waiting > 0 ? [vscode.l10n.t('{0} until you decide', waiting)] : []),
    ...(released > 0 ? [vscode.l10n.t('{0} released after {1} in all', released, formatDuration(ms))] : []),
  ];
  return [total, ...ends].join(' · ');
}

function rowsOf({ totals, sessions, skipped, problems }: Printed): Row[] {
  const notes = [
    ...totals.unjudged.map(({ code, calls }) => plural(unjudgedText(code), calls)),
    ...(skipped.length === 0
      ? []
      : [
          plural(
            vscode.l10n.t('{0, plural, one {# session was left out} other {# sessions were left out}}: {1}'),
            skipped.length,
            skipped.map(({ id, skipped: why }) => `${id}: ${why}`).join('; '),
          ),
        ]),
    ...problems,
  ];
  const calls = sessions.flatMap((session): Row[] => [
    { label: inertLabel(session.name ?? session.session), kind: vscode.QuickPickItemKind.Separator },
    ...session.held.map((call) => ({ ...rowOf(call), session, call })),
  ]);
  return [...calls.slice(0, MAX_ROWS), ...notes.map((note) => ({ label: `$(info) ${inertLabel(note)}` }))];
}

function unjudgedText(code: Printed['totals']['unjudged'][number]['code']): string {
  switch (code) {
    case 'summaryOnly':
      return vscode.l10n.t(
        '{0, plural, one {# call} other {# calls}} could not be judged: the transcript is gone, and the log has only a summary',
      );
    case 'noLog':
      return vscode.l10n.t(
        '{0, plural, one {# call} other {# calls}} could not be judged: no log has recorded what others had not committed then',
      );
    case 'noFigures':
      return vscode.l10n.t(
        '{0, plural, one {# call} other {# calls}} could not be judged: what was spent then is not recorded',
      );
    case 'unreadable':
      return vscode.l10n.t(
        '{0, plural, one {# line of a transcript} other {# lines of transcripts}} could not be read, being damaged or too long',
      );
    case 'cut':
      return vscode.l10n.t(
        '{0, plural, one {# transcript is} other {# transcripts are}} longer than what is read of one',
      );
  }
}

function rowOf({ ts, tool, summary, outcome, ms, reasons }: PrintedCall): Row {
  const icon = { released: 'debug-pause', refused: 'error', waiting: 'bell' }[outcome];
  const time = new Date(ts).toLocaleString();
  const end = {
    released: vscode.l10n.t('held for {0}', formatDuration(ms)),
    refused: ms === 0 ? vscode.l10n.t('refused') : vscode.l10n.t('refused after {0}', formatDuration(ms)),
    waiting: vscode.l10n.t('waits for you'),
  }[outcome];
  return {
    label: `$(${icon}) ${inertLabel(summary ?? tool ?? vscode.l10n.t('The end of the turn'))}`,
    description: `${end} · ${time}`,
    detail: inertLabel(reasons.join('; ')),
  };
}
