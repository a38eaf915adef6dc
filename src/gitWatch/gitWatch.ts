import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#core/base/clock.ts';
import { errorText, logError } from '#core/base/errorLog.ts';
import { exists, realPath, statOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { checkoutOf, type Checkout } from '#core/base/gitWorktrees.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { claudeConfigDir, claudeProcesses, type ClaudeProcess } from '#core/claude/processes.ts';
import { findGit } from '#core/install/executables.ts';
import { readSessionEntry } from '#core/session/info.ts';
import { publish } from '#core/session/publish.ts';
import { gitWatchProcess } from '#core/workers/gitWatchProcess.ts';
import { awaitedMerges } from '#core/fold/mergePairs.ts';
import { CheckoutStatus, existingFolder, pathIn } from './checkoutStatus.ts';
import { dueEvents, type AgentFiles } from './dueEvents.ts';
import { MergeWatch } from './mergeWatch.ts';
import { StashWatch, unclaimedSince, type UnclaimedEntries } from './stashWatch.ts';
import { Unsettled } from './unsettled.ts';
import { SessionEdits, type AgentEdits } from './sessionEdits.ts';

const POLL_MS = 250;
const LIST_MS = 1000;
/** How long it stays where no two agents could be in each other's way. */
const IDLE_MS = 60_000;

export interface GitWatchOptions {
  home: string;
  env: NodeJS.ProcessEnv;
  now?: () => number;
  idleMs?: number;
  /** How long one look whether two branches merge may take. */
  mergeMs?: number;
}

/**
 * Follows the sessions of a home that work in a repository of git, and publishes in the log of each what the agents of others
 * have not committed. Ends where it is not needed, where another one has the claim, or with `signal`. Throws the system's error.
 */
export async function runGitWatch(options: GitWatchOptions, signal: AbortSignal): Promise<void> {
  const { home, now = Date.now, idleMs = IDLE_MS } = options;
  const own = gitWatchProcess(home);
  if (!own.claim(now())) return;
  const watch = new GitWatch(options);
  let neededMs = monotonicMs();
  try {
    while (!signal.aborted && exists(homePaths(home).sessions) && own.isOwn()) {
      if (watch.look()) neededMs = monotonicMs();
      else if (monotonicMs() - neededMs > idleMs) return;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    own.release();
  }
}

/** An agent's edits in one checkout: the paths there by the absolute ones. */
interface EditsIn {
  agent: AgentEdits;
  checkout: Checkout;
  paths: Map<string, string>;
}

export class GitWatch {
  readonly #home: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #now: () => number;
  readonly #sessions = new Map<string, SessionEdits>();
  /** When the session.json of each session was written that was looked at. */
  readonly #infoMs = new Map<string, number>();
  readonly #statuses = new Map<string, CheckoutStatus>();
  readonly #unsettled = new Unsettled();
  /** The checkout of each folder, and its real path. */
  readonly #folders = new Map<string, { real: string; checkout: Checkout | undefined }>();
  readonly #merges: MergeWatch;
  readonly #stash = new StashWatch((folder) => this.#folderOf(folder).checkout);
  #unclaimed: readonly UnclaimedEntries[] = [];
  #listedMs = -Infinity;

  constructor({ home, env, now = Date.now, mergeMs }: GitWatchOptions) {
    this.#home = home;
    this.#env = env;
    this.#now = now;
    this.#merges = new MergeWatch({
      home,
      env,
      now,
      mergeMs,
      checkoutAt: (folder) => this.#folderOf(folder).checkout,
    });
  }

  /** Looks once, and publishes what has changed. Returns whether two agents could be in each other's way. */
  look(): boolean {
    if (monotonicMs() - this.#listedMs > LIST_MS) this.#list();
    const processes = claudeProcesses(claudeConfigDir(this.#env)) ?? [];
    const readable = [...this.#sessions.values()].filter((session) => session.read());
    const live = readable.filter((session) => session.isLive);
    const agents = live.flatMap((session) => session.agents(processes));
    const edits = agents.flatMap((agent) => this.#editsIn(agent));
    const { claimed, unclaimed } = this.#stash.look(agents, this.#placesOf(live, processes), this.#now());
    this.#update(edits, [...claimed, ...this.#unclaimed]);
    const files = [...edits.map((each) => this.#filesOf(each)), ...claimed.map((each) => this.#withConfig(each))];
    // what has not been read yet may show who it was
    if (!live.some((session) => session.isBehind)) this.#unclaimed = unclaimed;
    for (const session of readable)
      this.#publish(session, session.isLive ? [...files, ...this.#unclaimedFor(session)] : []);
    this.#merges.look(readable, live, processes);
    return (
      live.length > 1 || live.some(({ liveAgents, state }) => liveAgents.length > 0 || awaitedMerges(state).size > 0)
    );
  }

  /** Finds sessions that have come, and reads again who runs those whose session.json has changed. */
  #list(): void {
    this.#listedMs = monotonicMs();
    this.#folders.clear();
    const root = homePaths(this.#home).sessions;
    for (const id of namesIn(root)) {
      const writtenMs = statOf(sessionPaths(join(root, id)).info)?.mtimeMs ?? 0;
      const known = this.#sessions.get(id);
      if (this.#infoMs.get(id) === writtenMs && known?.isLive !== false) continue;
      if (this.#infoMs.get(id) === writtenMs && known !== undefined && hasEntries(known)) continue;
      const isNews = this.#infoMs.get(id) !== writtenMs;
      this.#infoMs.set(id, writtenMs);
      if (!isNews) this.#sessions.delete(id);
      else {
        const entry = readSessionEntry(root, id);
        // on a machine that has only a copy the log is another one's
        if (entry === undefined || exists(sessionPaths(entry.dir).copy)) continue;
        const session = new SessionEdits(entry, this.#env);
        if (session.read() && (session.isLive || hasEntries(session))) this.#sessions.set(id, session);
      }
    }
  }

  #editsIn(agent: AgentEdits): EditsIn[] {
    const all = new Map<string, EditsIn>();
    for (const path of agent.edits.keys()) {
      if (!isAbsolute(path)) continue;
      const { real, checkout } = this.#folderOf(dirname(path));
      if (checkout === undefined) continue;
      const known = all.get(checkout.root) ?? { agent, checkout, paths: new Map<string, string>() };
      known.paths.set(path, pathIn(checkout, real, basename(path)));
      all.set(checkout.root, known);
    }
    return [...all.values()];
  }

  #folderOf(folder: string): { real: string; checkout: Checkout | undefined } {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const there = existingFolder(join(folder, 'x'));
    const real = join(realPath(there), relative(there, folder));
    const found = { real, checkout: checkoutOf(real) };
    this.#folders.set(folder, found);
    return found;
  }

  /** The checkouts in which agents work. */
  #placesOf(live: readonly SessionEdits[], processes: readonly ClaudeProcess[]): Checkout[] {
    const folders = live.flatMap((session) => session.whereabouts(processes)).flatMap(({ folders: all }) => all);
    return folders.filter((folder) => isAbsolute(folder)).flatMap((folder) => this.#folderOf(folder).checkout ?? []);
  }

  #unclaimedFor({ id, entry }: SessionEdits): AgentFiles[] {
    return unclaimedSince(this.#unclaimed, id, entry.info?.started ?? Infinity).map((each) => this.#withConfig(each));
  }

  /** An alias may take an entry. */
  #withConfig(files: AgentFiles): AgentFiles {
    const config = this.#statuses.get(files.root)?.look?.config ?? {};
    return Object.keys(config).length === 0 ? files : { ...files, config };
  }

  #update(edits: readonly EditsIn[], others: readonly { root: string }[]): void {
    const asked = new Map<string, Set<string>>();
    for (const { root } of others) {
      const { checkout } = this.#folderOf(root);
      if (checkout !== undefined) this.#follow(checkout);
      asked.set(root, new Set());
    }
    for (const { checkout, paths } of edits) {
      this.#follow(checkout);
      const all = asked.get(checkout.root) ?? new Set();
      for (const path of paths.values()) all.add(path);
      asked.set(checkout.root, all);
    }
    for (const [root, status] of this.#statuses) {
      const paths = asked.get(root);
      if (paths === undefined) this.#statuses.delete(root);
      else status.update(paths, this.#now());
    }
  }

  #follow(checkout: Checkout): void {
    const { root } = checkout;
    if (this.#statuses.has(root)) return;
    this.#statuses.set(root, new CheckoutStatus(checkout, () => findGit(this.#env, [root])));
  }

  #filesOf({ agent, checkout, paths }: EditsIn): AgentFiles {
    const status = this.#statuses.get(checkout.root);
    const look = status?.look;
    const files = this.#unsettled.filesOf(agent, paths, look, this.#now());
    const { session, agent: id, name } = agent;
    const { branch } = status ?? {};
    return {
      session,
      agent: id,
      name,
      root: checkout.root,
      files,
      ...(branch !== undefined && { branch }),
      ...(look?.unseen !== undefined && { unseen: look.unseen }),
      ...(look !== undefined && Object.keys(look.config).length > 0 && { config: look.config }),
    };
  }

  #publish(session: SessionEdits, files: readonly AgentFiles[]): void {
    const { project, state, log, entry } = session;
    const mode = loadSettings(this.#home, project).git;
    if (log.readOnly || (files.length === 0 && state.uncommitted.size === 0)) return;
    const own = project === undefined ? undefined : this.#folderOf(project);
    const commons = new Set(
      files.filter((each) => each.session === session.id).map(({ root }) => this.#folderOf(root).checkout?.common),
    );
    commons.add(own?.checkout?.common);
    commons.delete(undefined);
    const events = dueEvents(mode === 'off' ? [] : files, {
      session: session.id,
      known: state.uncommitted,
      hasAgents: session.liveAgents.length > 0,
      hold: mode === 'hold',
      isPending: (root) => {
        const status = this.#statuses.get(root);
        return mode !== 'off' && status !== undefined && status.look === undefined;
      },
      reaches: (root) =>
        commons.has(this.#folderOf(root).checkout?.common) || (own !== undefined && isInside(root, own.real)),
    });
    if (events.length === 0) return;
    try {
      publish(entry.dir, this.#now(), ...events);
      log.refresh();
    } catch (error) {
      logError(this.#home, 'git watch', this.#now(), errorText(error));
    }
  }
}

/** Whether its log has something that is over when its session is. */
const hasEntries = ({ state }: SessionEdits): boolean => state.uncommitted.size > 0 || state.merges.size > 0;

/** A repository below a folder: a submodule, or one of several in it. */
function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !way.startsWith('..\\') && !isAbsolute(way);
}
