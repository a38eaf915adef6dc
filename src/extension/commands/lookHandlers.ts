import { env, l10n, window } from 'vscode';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { inertLabel } from '#extension/base/inertText.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import { openChange, openChanges } from '#extension/editors/openChanges.ts';
import { editedFiles } from '#extension/sessions/changes.ts';
import type { Session } from '#extension/sessions/session.ts';
import type { CommandHandler, CommandSources, Target } from './command.ts';
import { editsOfSeveral, type EditedFile } from './editsOfSeveral.ts';
import type { TargetPicker } from './targetPicker.ts';

/** How long the status bar shows what was copied. */
const COPIED_MS = 5000;

type LookSources = Pick<CommandSources, 'list' | 'selection' | 'transcripts' | 'changes'>;

/** The commands that show more of an agent than its row does. */
export function lookHandlers(
  { list, selection, transcripts, changes }: LookSources,
  picker: TargetPicker,
): Record<'openTranscript' | 'openChanges' | 'compareEdits' | 'copyId', CommandHandler> {
  const sessionOf = async (target: Target): Promise<Session | undefined> =>
    (target.session === undefined ? selection.current() : undefined) ?? picker.anySession(target);
  const view = (session: Session): ViewModel => list.view(session, Date.now());

  const openTranscript = async (target: Target): Promise<void> => {
    const session = await sessionOf(target);
    if (session === undefined) return;
    const { ts } = target;
    const worker = target.worker === CONDUCTOR ? undefined : target.worker;
    const hasOwn = worker !== undefined && list.transcriptPath(session, worker) !== undefined;
    // at a time, the Conductor's transcript has what a worker without one of its own did
    if (worker !== undefined && !hasOwn && ts === undefined)
      throw new HumanError(l10n.t('{0} has no transcript of its own.', nameOf(view(session), worker)));
    const owner = { session: session.folder, worker: hasOwn ? worker : undefined };
    await (await transcripts.load()).open(owner, nameOf(view(session), owner.worker), ts);
  };

  const changesOf = async (target: Target): Promise<void> => {
    const session = await sessionOf(target);
    if (session === undefined) return;
    const worker = target.worker === CONDUCTOR ? undefined : target.worker;
    const transcript = list.transcriptOf(session);
    const paths = transcript === undefined ? [] : [...editedFiles(transcript, worker)];
    await openChanges(await changes.load(), paths, nameOf(view(session), worker));
  };

  const compareEdits = async (target: Target): Promise<void> => {
    const files = editsOfSeveral(
      list.list().map((session) => ({ view: view(session), transcript: list.transcriptOf(session) })),
    );
    const file = fileOf(view, list, target) ?? (await pickFile(files));
    if (file === undefined) return;
    const title = files.find(({ path }) => path === file)?.label ?? file;
    await openChange(await changes.load(), file, title);
  };

  /** Ids are shown in tooltips only; commands in a shell take them. */
  const copyId = async (target: Target): Promise<void> => {
    const { session: named, worker } = target;
    const session = worker === undefined && named === undefined ? await sessionOf(target) : undefined;
    const id = worker ?? (session === undefined ? named : view(session).session.id);
    if (id === undefined) return;
    await env.clipboard.writeText(id);
    window.setStatusBarMessage(l10n.t('Copied: {0}', inertLabel(id)), COPIED_MS);
  };

  return { openTranscript, openChanges: changesOf, compareEdits, copyId };
}

/** The file of a target: its own, or that of the edit collision that it names. */
function fileOf(view: (session: Session) => ViewModel, list: LookSources['list'], target: Target): string | undefined {
  if (target.file !== undefined || target.session === undefined) return target.file;
  const session = list.find(target.session);
  const notices = session === undefined ? [] : view(session).notices;
  return notices.find(({ dismiss, collision }) => collision !== undefined && dismiss === target.notice)?.collision
    ?.path;
}

async function pickFile(files: readonly EditedFile[]): Promise<string | undefined> {
  if (files.length === 0) throw new HumanError(l10n.t('No file has been edited by two agents of this window.'));
  const choices = files.map(({ path, name, agents }) => ({ label: name, detail: agents, value: path }));
  return pickOne(choices, l10n.t('Compare Edits'), l10n.t('Which file that several agents have edited?'));
}

/** The name of a worker, else of the session. */
const nameOf = ({ session, workers }: ViewModel, worker: string | undefined): string =>
  worker === undefined ? session.name : (workers.find(({ id }) => id === worker)?.name ?? worker);
