import { basename } from 'node:path';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import { visibleLine, withoutColours } from '#protocol/hiddenText.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { truncate } from '#core/base/text.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import { SESSION, SHELL, SUBAGENT, TEAMMATE, WORKFLOW } from '#core/fold/kinds.ts';
import { roomName } from '#core/fold/rooms.ts';
import type { Names } from './wording.ts';

const MAX_NAME_CHARS = 60;
/** A cut moves back to the end of a word, unless that costs more than a third of the name. */
const MIN_CUT_CHARS = 40;

/** The kinds that are Fermata's words. */
const OWN_KINDS: ReadonlySet<string> = new Set([SUBAGENT, TEAMMATE, WORKFLOW, SHELL, SESSION]);

/** What a session is named by, besides its folder and its start. */
export type Named = Pick<TranscriptSet, 'given'> & { main?: Pick<TranscriptSet['main'], 'words'> };

/**
 * A session as a person calls it: by the title that they gave it, else by that of Claude, else by its first prompt, else
 * by its project and the time of its start.
 */
export function sessionName(
  { session }: Pick<SessionState, 'session'>,
  named: Named | undefined,
  project: string,
): string {
  const { titles = {}, prompts: typed = {} } = named?.main?.words ?? {};
  const given = (by: 'person' | 'claude') => (named?.given?.by === by ? named.given.name : undefined);
  const candidates = [
    given('person') ?? titles.person ?? roomName(session.id),
    titles.claude ?? given('claude'),
    typed.first ?? typed.latest ?? session.firstPrompt,
  ];
  for (const candidate of candidates) {
    const name = candidate === undefined ? '' : shortName(candidate);
    if (name !== '') return name;
  }
  return shortName([project, session.startedTs === undefined ? '' : timeOfDay(session.startedTs)].join(' ').trim());
}

/** The name of a project: that of its folder. */
export const projectName = (cwd: string | undefined): string | undefined =>
  cwd === undefined ? undefined : basename(cwd) || cwd;

/** An id that a machine has made: seventeen hex digits, a UUID. */
const MADE_ID = /[0-9a-f]{8,}/i;

export const isMadeId = (id: string): boolean => MADE_ID.test(id);

/**
 * A worker as a person calls it: by its task, else by its own name, else by its kind: `Explore agent`.
 * @param agentType the type of a subagent
 */
export function workerName(
  { id, task, kind, command }: Pick<Worker, 'id'> & Partial<Pick<Worker, 'task' | 'kind' | 'command'>>,
  agentType: string | undefined,
  texts: ViewTexts,
): string {
  // Claude Code's type of a teammate is the name that Claude gave it
  if (kind === TEAMMATE && command !== undefined) return shortName(command);
  const name = task === undefined ? '' : shortName(task);
  if (name !== '') return name;
  if (!isMadeId(id)) return id;
  const type = [agentType, kind].find((each) => each !== undefined && !OWN_KINDS.has(each));
  if (type !== undefined) return shortName(texts.agentOf(type));
  const names: Record<string, string | undefined> = {
    [SESSION]: texts.anotherSession,
    [WORKFLOW]: texts.aWorkflow,
    [SHELL]: texts.aShell,
  };
  return names[kind ?? SUBAGENT] ?? texts.anAgent;
}

/** The names in a session for its surfaces, which show no id that a machine has made. */
export function namesOf(
  session: string,
  { workers, blocks }: Pick<SessionState, 'workers'> & Partial<Pick<SessionState, 'blocks'>>,
  transcript: TranscriptSet | undefined,
  texts: ViewTexts,
): Names {
  const worker = (id: string): string => {
    const known = workers.get(id);
    if (known === undefined) return nameOfOther(id, texts);
    const agent = transcript?.agents.get(id);
    return workerName({ ...known, task: known.task ?? agent?.task }, agent?.kind, texts);
  };
  const block = (id: string): string => {
    const reason = shortName(blocks?.get(id)?.text ?? '');
    return reason === '' ? id : texts.quote(reason);
  };
  return { session, worker, block };
}

/** The same from a view of it. */
export function namesIn(
  session: string,
  workers: readonly { id: string; name: string }[],
  texts: ViewTexts,
): Omit<Names, 'block'> {
  const known = new Map(workers.map(({ id, name }) => [id, name]));
  return { session, worker: (id) => known.get(id) ?? nameOfOther(id, texts) };
}

const nameOfOther = (id: string, texts: ViewTexts): string =>
  id === CONDUCTOR ? texts.claude : id === USER ? texts.you : workerName({ id }, undefined, texts);

/** Words of others as a name: on one line, without colours, every hidden character written out, cut between words. */
export function shortName(text: string): string {
  const line = visibleLine(withoutColours(truncate(text, 20 * MAX_NAME_CHARS)));
  if (line.length <= MAX_NAME_CHARS) return line;
  const cut = truncate(line, MAX_NAME_CHARS - 1);
  const wordEnd = cut.lastIndexOf(' ');
  return `${(wordEnd >= MIN_CUT_CHARS ? cut.slice(0, wordEnd) : cut).trimEnd()}…`;
}

/** `14:05`, where the person is. */
export function timeOfDay(ts: number): string {
  const time = new Date(ts);
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
