import { existsSync } from 'node:fs';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { PastSession } from '#protocol/fileFormats.ts';
import { Recording } from '#core/history/replay/recording.ts';
import { SessionTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { summarizeSession } from './summarizeSession.ts';

/** So long a transcript is read at a stretch, ms. */
const SLICE_MS = 4;

/**
 * Reads what became of a session that is over, its log and what it says of its transcript, a stretch at a time. Undefined
 * where `goOn` says that nobody wants it any more, or where it changes meanwhile. Throws the system's error.
 */
export async function readPastSession(
  { folder, dir, project }: { folder: string; dir: string; project: string },
  shouldContinue: () => boolean,
): Promise<PastSession | undefined> {
  const recording = await Recording.open(dir);
  try {
    if ((await recording.read(shouldContinue)) !== 'read') return undefined;
    const { state } = recording;
    const transcript = await readTranscript(state.session.transcript, shouldContinue);
    return shouldContinue() ? summarizeSession(state, { folder, project }, transcript) : undefined;
  } finally {
    await recording.close();
  }
}

async function readTranscript(
  path: string | undefined,
  shouldContinue: () => boolean,
): Promise<SessionTranscript | undefined> {
  if (path === undefined || !existsSync(path)) return undefined;
  const transcript = new SessionTranscript(path);
  for (let hasMore = true; hasMore && shouldContinue();) {
    const endMs = performance.now() + SLICE_MS;
    hasMore = transcript.read(() => performance.now() < endMs);
    await yieldToEventLoop();
  }
  return transcript;
}
