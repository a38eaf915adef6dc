import type { Browser, Locator, Page } from 'playwright-core';
import type { FromTimeline, TimelineState } from '#protocol/messages.ts';
import { openWebview, type PanelOptions } from './panelPage.ts';

/** One timeline in the real browser, with the test in the place of the extension. */
export class TimelinePage {
  readonly page: Page;
  readonly #pageErrors: string[];
  #generation = 0;

  private constructor(page: Page, pageErrors: string[]) {
    this.page = page;
    this.#pageErrors = pageErrors;
  }

  static async open(browser: Browser, url: string, options: PanelOptions = {}): Promise<TimelinePage> {
    const { page, pageErrors } = await openWebview(browser, url, { width: 1000, height: 600, ...options });
    return new TimelinePage(page, pageErrors);
  }

  /** Sends a snapshot and waits until it is drawn. */
  async show(state: TimelineState): Promise<void> {
    const generation = ++this.#generation;
    const before = await this.painted();
    await this.page.evaluate((message) => window.postMessage(message, '*'), { type: 'snapshot', generation, state });
    await this.page.waitForFunction(
      (expected) => Number(document.documentElement.dataset['generation'] ?? -1) >= expected,
      generation,
    );
    if (state.view?.read === 1 && (await this.canvas.count()) > 0) await this.#repainted(before);
  }

  get canvas(): Locator {
    return this.page.locator('.lanes canvas');
  }

  /** The button over the item with the focus. */
  get cursor(): Locator {
    return this.page.locator('.cursor');
  }

  /** How often the picture was painted. */
  async painted(): Promise<number> {
    return this.page.evaluate(() =>
      Number(document.querySelector<HTMLElement>('.lanes canvas')?.dataset['painted'] ?? 0),
    );
  }

  async #repainted(before: number): Promise<void> {
    await this.page.waitForFunction(
      (count) => Number(document.querySelector<HTMLElement>('.lanes canvas')?.dataset['painted'] ?? 0) > count,
      before,
    );
  }

  /** The positions of the lines that the page has asked to open. */
  async opened(): Promise<number[]> {
    const posted = (await this.page.evaluate(() => window.posted)) as unknown as FromTimeline[];
    return posted.flatMap((message) => (message.type === 'openLine' ? [message.pos] : []));
  }

  /** The lanes and times that the page has asked to show in their transcripts. */
  async read(): Promise<[lane: string, ts: number][]> {
    const posted = (await this.page.evaluate(() => window.posted)) as unknown as FromTimeline[];
    return posted.flatMap((message): [string, number][] =>
      message.type === 'openTranscript' ? [[message.lane, message.ts]] : [],
    );
  }

  /** The positions that the panel was asked to replay. */
  async replayed(): Promise<number[]> {
    const posted = (await this.page.evaluate(() => window.posted)) as unknown as FromTimeline[];
    return posted.flatMap((message) => (message.type === 'replay' ? [message.pos] : []));
  }

  /** The state that the page has saved; waits until it is saved. */
  async saved(): Promise<unknown> {
    await this.page.waitForFunction(() => document.documentElement.dataset['saving'] === undefined);
    return this.page.evaluate(() => window.savedState);
  }

  /** Returns all problems of the page, and closes it. */
  async close(): Promise<string[]> {
    const { posted, violations } = await this.page.evaluate(() => ({
      posted: window.posted as unknown as FromTimeline[],
      violations: window.cspViolations,
    }));
    const reported = posted.flatMap((message) => (message.type === 'fault' ? [message.message] : []));
    await this.page.context().close();
    return [...reported, ...this.#pageErrors, ...violations];
  }
}
