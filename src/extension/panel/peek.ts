import { foldSteps, noSteps, type LatestSteps } from '#core/claude/transcript/steps.ts';
import { TranscriptEnd } from '#core/claude/transcript/transcriptEnd.ts';
import { emptyState } from '#core/fold/state.ts';
import { peekView } from '#core/projection/peek.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { PeekView } from '#protocol/peek.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import { viewTexts } from '#extension/base/viewTexts.ts';

/** The part of a transcript in which the latest steps are. */
const END_BYTES = 1 << 20;
/** The ends of transcripts that are kept, as a person looks at them again each second. */
const MAX_ENDS = 4;

interface End {
  end: TranscriptEnd;
  latest: LatestSteps;
  reading: Promise<boolean> | undefined;
}

const ends = new Map<string, End>();

/** A closer look at a worker, else at the Conductor. Nothing is kept of transcripts at which no person looks. */
export async function peek(
  list: SessionList,
  { session: id, worker }: Pick<PeekView, 'session' | 'worker'>,
): Promise<PeekView> {
  const session = list.find(id);
  if (session === undefined)
    return peekView({ log: emptyState(), latest: undefined, whole: undefined }, { session: id, worker });
  const agent = worker === CONDUCTOR ? undefined : worker;
  const path = list.transcriptPath(session, agent);
  const latest = path === undefined ? undefined : await readEnd(path);
  const transcripts = list.transcriptOf(session);
  const whole = agent === undefined ? transcripts?.main : transcripts?.agents.get(agent)?.state;
  return peekView({ log: session.state, latest, whole, texts: viewTexts() }, { session: id, worker });
}

/** What an agent has done last by its transcript; undefined where that cannot be read. */
async function readEnd(path: string): Promise<LatestSteps | undefined> {
  const known = ends.get(path) ?? newEnd(path);
  ends.delete(path);
  ends.set(path, known);
  for (const oldest of ends.keys()) {
    if (ends.size <= MAX_ENDS) break;
    ends.delete(oldest);
  }
  known.reading ??= known.end
    .read()
    .then(({ missing }) => !missing)
    .finally(() => (known.reading = undefined));
  return (await known.reading) ? known.latest : undefined;
}

function newEnd(path: string): End {
  const end: End = {
    end: new TranscriptEnd(
      path,
      END_BYTES,
      (line) => foldSteps(end.latest, line),
      () => (end.latest = noSteps()),
    ),
    latest: noSteps(),
    reading: undefined,
  };
  return end;
}
