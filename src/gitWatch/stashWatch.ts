import { basename, dirname } from 'node:path';
import { statOf } from '#core/base/files/facts.ts';
import { stashEntries, stashFile } from '#core/base/gitStash.ts';
import type { Checkout } from '#core/base/gitWorktrees.ts';
import type { StashCall } from '#core/claude/transcript/transcriptState.ts';
import { gitCalls, isUnknown, type GitCall } from '#core/policy/git/gitCall.ts';
import type { StashEntry } from '#protocol/parts.ts';
import type { AgentFiles } from './dueEvents.ts';
import type { AgentEdits } from './sessionEdits.ts';

type Shell = Pick<typeof import('#core/policy/shell/shell.ts'), 'readCommand' | 'changesInOrder'>;

/** The name in the log of one that is not known. */
const UNKNOWN_AGENT = 'fermata';
/** Of more entries the oldest are left out. */
const MAX_ENTRIES = 100;
const MAX_READ_CALLS = 1000;
/** A transcript is written a moment after its call has begun. */
const WRITTEN_MS = 5000;
/** These put nothing into the stash. */
const PUTS_NOTHING = new Set(['list', 'show', 'pop', 'apply', 'drop', 'clear', 'branch', 'create', 'export']);

/** An entry of which nothing shows who made it. */
export type UnclaimedEntries = Pick<AgentFiles, 'root'> & { stash: readonly Required<StashEntry>[] };

/** Where a call may have put something into a stash: checkouts, or any at all. */
type Reach = readonly Checkout[] | 'any';

/**
 * Whose the entries of the stash are. Git keeps of each the second in which it was made; it is an agent's where in that second one
 * call of that agent alone was under way which puts something into the stash of that repository. Nothing else counts as known.
 */
export class StashWatch {
  readonly #checkoutAt: (folder: string) => Checkout | undefined;
  readonly #lists = new Map<string, { stamp: string; entries: Required<StashEntry>[] }>();
  readonly #read = new Map<string, Reach>();
  #shell: Shell | undefined;
  #loading = false;

  constructor(checkoutAt: (folder: string) => Checkout | undefined) {
    this.#checkoutAt = checkoutAt;
  }

  /** The entries of each agent, and those of none, in the repositories of `places`. Never waits. */
  look(
    agents: readonly AgentEdits[],
    places: readonly Checkout[],
    now: number,
  ): { claimed: AgentFiles[]; unclaimed: UnclaimedEntries[] } {
    const claimed: AgentFiles[] = [];
    const unclaimed: UnclaimedEntries[] = [];
    const repositories = new Map(places.map((place) => [place.common, place]));
    for (const common of this.#lists.keys()) if (!repositories.has(common)) this.#lists.delete(common);
    for (const place of repositories.values()) {
      const entries = this.#entriesOf(place.common);
      if (entries.length === 0 || !this.#mayRead()) continue;
      const makers = entries.map((entry) => this.#makerOf(entry, place, agents));
      const unknown = entries.filter((entry, i) => makers[i] === undefined && now - entry.ts > WRITTEN_MS);
      if (unknown.length > 0) unclaimed.push({ root: rootOf(place), stash: unknown });
      for (const agent of agents) {
        const stash = entries.filter((_, i) => makers[i] === agent);
        const { session, agent: id, name } = agent;
        if (stash.length > 0) claimed.push({ session, agent: id, name, root: rootOf(place), files: [], stash });
      }
    }
    return { claimed, unclaimed };
  }

  /** Read again where something has changed. */
  #entriesOf(common: string): Required<StashEntry>[] {
    const stats = statOf(stashFile(common));
    const stamp = stats === undefined ? '-' : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
    const known = this.#lists.get(common);
    if (known?.stamp === stamp) return known.entries;
    const entries = (stashEntries(common) ?? [])
      .slice(0, MAX_ENTRIES)
      .map(({ commit, ts = 0 }): Required<StashEntry> => ({ commit, ts }));
    this.#lists.set(common, { stamp, entries });
    return entries;
  }

  /** The parser is loaded once there is an entry. */
  #mayRead(): boolean {
    if (this.#shell === undefined && !this.#loading) {
      this.#loading = true;
      void import('#core/policy/shell/shell.ts').then(
        (shell) => (this.#shell = shell),
        () => (this.#loading = false),
      );
    }
    return this.#shell !== undefined;
  }

  #makerOf({ ts }: Required<StashEntry>, { common }: Checkout, agents: readonly AgentEdits[]): AgentEdits | undefined {
    const makers = new Set<AgentEdits>();
    const possible = new Set<AgentEdits>();
    for (const agent of agents)
      for (const call of agent.stashCalls) {
        // git's time is that of the second
        if (ts + 999 < call.from || ts > (call.to ?? Infinity)) continue;
        const reach = this.#reachOf(call);
        if (reach === 'any') possible.add(agent);
        else if (reach.some((checkout) => checkout.common === common)) makers.add(agent);
      }
    const [maker] = makers;
    const isAlone = makers.size === 1 && [...possible].every((agent) => agent === maker);
    return isAlone ? maker : undefined;
  }

  #reachOf({ command, cwd }: StashCall): Reach {
    const key = `${cwd ?? ''}\0${command}`;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    if (this.#read.size >= MAX_READ_CALLS) this.#read.clear();
    const reach = this.#readReach(command, cwd);
    this.#read.set(key, reach);
    return reach;
  }

  #readReach(command: string, cwd: string | undefined): Reach {
    const reading = this.#shell?.readCommand(command);
    if (reading === undefined || reading.unreadable !== undefined || cwd === undefined) return 'any';
    const inOrder = this.#shell?.changesInOrder(command);
    const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;
    const puts = gitCalls(reading, { cwd, inOrder, isFolder }).filter(mayPut);
    if (puts.some(({ dirs }) => dirs === undefined)) return 'any';
    return puts.flatMap(({ dirs = [] }) => dirs.flatMap((dir) => this.#checkoutAt(dir) ?? []));
  }
}

/** Whether a call may put something into the stash; an alias may be any. */
function mayPut({ verb, args, isGuess }: GitCall): boolean {
  if (isGuess === true || isUnknown(verb)) return true;
  if (args.some(({ text }) => text === '--autostash')) return true;
  if (verb.text !== 'stash') return /stash/.test(verb.text);
  const name = args.find(({ text }) => !text.startsWith('-'));
  return name === undefined || !PUTS_NOTHING.has(name.text);
}

/** One checkout stands for all of a repository, so that it is the same for each of its agents. */
const rootOf = ({ root, common }: Checkout): string => (basename(common) === '.git' ? dirname(common) : root);

/** What of the unclaimed was made since a session began: what is older is no live agent's. */
export function unclaimedSince(all: readonly UnclaimedEntries[], session: string, startedMs: number): AgentFiles[] {
  return all.flatMap(({ root, stash }): AgentFiles[] => {
    const since = stash.filter(({ ts }) => ts >= startedMs);
    return since.length === 0 ? [] : [{ session, agent: UNKNOWN_AGENT, name: '', root, files: [], stash: since }];
  });
}
