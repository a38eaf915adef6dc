import { isAbsolute } from 'node:path';
import { errorText, logError } from '#core/base/errorLog.ts';
import type { Checkout } from '#core/base/gitWorktrees.ts';
import { loadSettings } from '#core/base/settings.ts';
import type { ClaudeProcess } from '#core/claude/processes.ts';
import { awaitedMerges } from '#core/fold/mergePairs.ts';
import { findGit } from '#core/install/executables.ts';
import { publish } from '#core/session/publish.ts';
import { mergeEvents, type PairOutlook } from './mergeEvents.ts';
import { MergeForesight } from './mergeForesight.ts';
import { awaitedPairs, livePairs, workPlaces, type MergePlace, type PlacePair } from './mergePairs.ts';
import type { SessionEdits } from './sessionEdits.ts';

interface MergeWatchOptions {
  home: string;
  env: NodeJS.ProcessEnv;
  now: () => number;
  mergeMs: number | undefined;
  checkoutAt: (folder: string) => Checkout | undefined;
}

/** Publishes in the logs of sessions which branches would merge: those on which their agents work, and those that they wait for. */
export class MergeWatch {
  readonly #options: MergeWatchOptions;
  readonly #foresight: MergeForesight;

  constructor(options: MergeWatchOptions) {
    this.#options = options;
    const { env, mergeMs } = options;
    const program = ({ root }: Checkout): string | undefined => findGit(env, [root]);
    this.#foresight = new MergeForesight({ program, ...(mergeMs !== undefined && { mergeMs }) });
  }

  /** Looks once, and publishes what has changed. */
  look(readable: readonly SessionEdits[], live: readonly SessionEdits[], processes: readonly ClaudeProcess[]): void {
    const { checkoutAt } = this.#options;
    const looked = live.filter((session) => this.#mayLook(session));
    const working = looked
      .flatMap((session) => session.whereabouts(processes))
      .flatMap(({ folders, ...agent }) => {
        const checkouts = folders.filter((folder) => isAbsolute(folder)).flatMap((folder) => checkoutAt(folder) ?? []);
        return checkouts.map((checkout) => ({ ...agent, checkout }));
      });
    const places = workPlaces(working);
    const shared = livePairs(places);
    const awaited = new Map(live.map((session) => [session, this.#awaitedBy(session, places)]));
    const wanted = looked.flatMap((session) => awaited.get(session) ?? []);
    // what is waited for comes first, since pairs are bounded
    const pairs = [...wanted, ...shared];
    this.#foresight.update(pairs);
    const outlooks = pairs.map((pair, i): PairOutlook => ({ ...pair, outlook: this.#foresight.outlookOf(pair, i) }));
    for (const session of readable) {
      const ofSession = awaited.get(session);
      const own = looked.includes(session)
        ? outlooks.filter(
            (each) => ofSession?.some(({ a, b }) => each.a === a && each.b === b) || concerns(each, session),
          )
        : (ofSession ?? []).map(notAllowed);
      this.#publish(session, own);
    }
  }

  #mayLook({ project }: SessionEdits): boolean {
    return loadSettings(this.#options.home, project).git !== 'off';
  }

  #awaitedBy({ state, project }: SessionEdits, places: readonly MergePlace[]): PlacePair[] {
    const texts = awaitedMerges(state);
    const checkout = texts.size === 0 || project === undefined ? undefined : this.#options.checkoutAt(project);
    return checkout === undefined ? [] : [...texts].flatMap((text) => awaitedPairs(text, checkout, places));
  }

  #publish({ id, state, log, entry }: SessionEdits, pairs: readonly PairOutlook[]): void {
    if (log.readOnly || (pairs.length === 0 && state.merges.size === 0)) return;
    const { home, now } = this.#options;
    const events = mergeEvents(pairs, id, state.merges);
    if (events.length === 0) return;
    try {
      publish(entry.dir, now(), ...events);
      log.refresh();
    } catch (error) {
      logError(home, 'git watch', now(), errorText(error));
    }
  }
}

/** Whether an agent of the session works on one of the two. */
const concerns = ({ a, b }: PlacePair, { id }: SessionEdits): boolean =>
  [...a.agents, ...b.agents].some(({ session }) => session === id);

const notAllowed = (pair: PlacePair): PairOutlook => ({
  ...pair,
  outlook: { a: {}, b: {}, answer: 'unknown', why: 'the setting fermata.git is off' },
});
