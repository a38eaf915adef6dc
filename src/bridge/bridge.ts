import { basename } from 'node:path';
import { errorText, logError } from '#core/base/errorLog.ts';
import { sessionDir } from '#core/base/paths.ts';
import { installedVersion } from '#core/install/runtimeFiles.ts';
import { BridgedHome } from '#core/machines/bridgedHome.ts';
import { readBridgeStatus, writeBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { bridgeProcess, bridgeUsedMs } from '#core/machines/ensureBridge.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { superviseWorkers } from '#core/workers/startWorkers.ts';
import { watchLog } from '#core/session/watchLog.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { readHomeSettings, type HomeSettings } from './homeSettings.ts';
import type { NatsLink } from './natsLink.ts';
import { Presence } from './presence.ts';
import { SharedName } from './sharedName.ts';

const MEGABYTE = 1 << 20;
const TICK_MS = 1000;
/** Changes of a session's files are seen by events, and where these are missing by the tick, which looks at each session anyway. */
const POLL_MS = 60_000;
const CHECK_MS = 15_000;
const SETTINGS_MS = 5000;
/** A bridge that nothing needs ends after this time. */
const UNUSED_MS = 60_000;

export interface BridgeOptions {
  home: string;
  /** Stays also where nothing needs it. */
  stay: boolean;
  /** The shortest time between two regular looks at what the server may have forgotten; for tests. */
  checkMs?: number;
  /** The time after which it ends where nothing needs it; for tests. */
  unusedMs?: number;
}

/**
 * Carries the words of a home's shared sessions to and from other machines, until nothing needs it, the settings change or `stop` is
 * aborted. Resolves at once, with a false, where another process is the bridge of this home.
 */
export async function runBridge(
  { home, stay, checkMs = CHECK_MS, unusedMs = UNUSED_MS }: BridgeOptions,
  stop: AbortSignal,
): Promise<boolean> {
  if (!bridgeProcess(home).claim(Date.now())) return false;
  const settings = readHomeSettings(home);
  const { connection } = settings;
  if (connection === undefined && settings.problem === undefined) {
    bridgeProcess(home).release();
    return true;
  }
  // only the bridge has to load the client of the server
  const link = connection && new (await import('./natsLink.ts')).NatsLink(connection);
  const running = link && new Running(home, settings, link);
  const status = new StatusFile(home, settings, link, running);
  link?.onChange(() => status.write(Date.now()));
  let [checkedMs, readMs] = [Date.now(), Date.now()];
  try {
    while (!stop.aborted) {
      const now = Date.now();
      running?.tick();
      if (Math.abs(now - checkedMs) >= checkMs) {
        checkedMs = now;
        running?.check();
      }
      status.write(now);
      if (!bridgeProcess(home).isOwn()) break;
      if (Math.abs(now - readMs) >= SETTINGS_MS) {
        readMs = now;
        // with other settings another bridge is started by whatever needs one
        if (readHomeSettings(home).fingerprint !== settings.fingerprint) break;
      }
      if (!stay && Math.abs(now - bridgeUsedMs(home)) > unusedMs && running?.isNeeded !== true) break;
      await pause(TICK_MS, stop);
    }
  } finally {
    running?.stop();
    await link?.close();
    status.write(Date.now());
    bridgeProcess(home).release();
  }
  return true;
}

/** Resolves after that time, or once it is aborted. */
const pause = (ms: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    }
    stop.addEventListener('abort', done);
  });

/** The sessions of a home and their watchers, while there is a link. */
class Running {
  readonly bridged: BridgedHome;
  readonly presence: Presence;
  readonly #home: string;
  readonly #name: string;
  readonly #link: NatsLink;
  readonly #watchers = new Map<string, () => void>();
  readonly #names = new Map<string, SharedName>();

  constructor(home: string, { name, space, settings }: HomeSettings, link: NatsLink) {
    this.#home = home;
    this.#name = name;
    this.#link = link;
    this.bridged = new BridgedHome({
      home,
      space,
      machine: name,
      link,
      maxResultBytes: () => settings['machines.bringMegabytes'] * MEGABYTE,
      roleOf: (machine) => settings['machines.roles'][machine] ?? 'worker',
      startWorkers: (log) => superviseWorkers({ log, home, env: process.env, now: Date.now() }),
      report: (error) => this.#report(error),
    });
    this.presence = new Presence({
      link,
      space,
      name,
      version: installedVersion(home),
      sessions: () => this.#ownSessions(),
      known: readBridgeStatus(home)?.machines ?? [],
    });
    this.bridged.start();
  }

  tick(): void {
    this.#try(() => this.bridged.discover());
    this.#try(() => this.bridged.tick());
    const sessions = new Set(this.bridged.sessions.map(({ session }) => session));
    for (const session of sessions) {
      if (this.#watchers.has(session)) continue;
      const look = (): void => this.#try(() => this.bridged.look(session));
      this.#watchers.set(session, watchLog(sessionDir(this.#home, session), look, POLL_MS));
    }
    for (const [session, unwatch] of this.#watchers) {
      if (sessions.has(session)) continue;
      unwatch();
      this.#watchers.delete(session);
    }
  }

  check(): void {
    this.presence.publish();
    if (!this.#link.connected) return;
    this.#link.check().catch((error: unknown) => this.#report(error));
    this.bridged.check().catch((error: unknown) => this.#report(error));
  }

  /** Whether a Claude of a shared session runs here, or a worker of one whose seat is elsewhere, or something is not sent yet. */
  get isNeeded(): boolean {
    return this.bridged.isUnsent || this.bridged.isNeeded || this.#ownSessions().some(({ live }) => live);
  }

  stop(): void {
    for (const unwatch of this.#watchers.values()) unwatch();
    this.bridged.stop();
  }

  /** The sessions whose seat is this machine. */
  #ownSessions(): { session: string; project?: string; name?: string; live: boolean }[] {
    const own = this.bridged.sessions.filter(({ seat }) => seat === this.#name);
    return own.map(({ session, about }) => {
      const info = readSessionInfo(sessionDir(this.#home, session));
      const live = info !== undefined && isSessionLive(info) === true;
      const project = info?.project ?? about?.cwd;
      if (project === undefined) return { session, live };
      const name = about && this.#nameOf(session).of(about, basename(project));
      return { session, live, project: basename(project), ...(name !== undefined && { name }) };
    });
  }

  #nameOf(session: string): SharedName {
    const known = this.#names.get(session) ?? new SharedName();
    this.#names.set(session, known);
    return known;
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    logError(this.#home, 'bridge', Date.now(), errorText(error));
  }
}

/** bridge.json, which is written where something in it has changed. */
class StatusFile {
  #written = '';
  #connected = false;
  #sinceTs = Date.now();
  readonly #home: string;
  readonly #settings: HomeSettings;
  readonly #link: NatsLink | undefined;
  readonly #running: Running | undefined;

  constructor(home: string, settings: HomeSettings, link: NatsLink | undefined, running: Running | undefined) {
    this.#home = home;
    this.#settings = settings;
    this.#link = link;
    this.#running = running;
  }

  write(now: number): void {
    const { name, space, connection, problem } = this.#settings;
    const link = this.#link;
    const connected = link?.connected === true;
    if (connected !== this.#connected) this.#sinceTs = now;
    this.#connected = connected;
    const why = problem ?? link?.problem ?? this.#running?.presence.problem;
    const status: BridgeStatus = {
      pid: process.pid,
      name,
      space,
      // what cannot be used as a URL may be a password
      server: connection?.servers.join(', ') ?? '',
      ...(link?.serverVersion !== undefined && { serverVersion: link.serverVersion }),
      connected,
      sinceTs: this.#sinceTs,
      ...(why !== undefined && { problem: why }),
      sessions: (this.#running?.bridged.sessions ?? []).map((each) => ({
        session: each.session,
        seat: each.seat,
        // of a copy also what has arrived at the server, and not at the seat
        behind: Math.max(each.behind, each.waiting),
        lines: each.lines(),
        ...(each.problem !== undefined && { problem: each.problem }),
      })),
      machines: this.#running?.presence.machines ?? [],
    };
    const text = JSON.stringify(status);
    if (text === this.#written) return;
    try {
      writeBridgeStatus(this.#home, status);
      this.#written = text;
    } catch (error) {
      // a full disk: the words themselves go on
      logError(this.#home, 'bridge', now, errorText(error));
    }
  }
}
