import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { FromPanel, Intent, PanelState } from '#protocol/messages.ts';
import { textsElement } from '#extension/panel/panelHtml.ts';
import { translated } from '#protocol/formatMessage.ts';
import { WEBVIEW_TEXTS } from '#protocol/texts.ts';
import { translationInto, type TextLanguage } from '#test/lib/translations.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { themeCss, themes, type ThemeName } from './themes.ts';

declare global {
  interface Window {
    posted: FromPanel[];
    savedState: unknown;
    cspViolations: string[];
  }
}

/** The content security policy of the shipped page. */
const CSP = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'";

const bundle = join(repoRoot, 'dist', 'webview');

/** Serves a page's bundle (`npm run build` makes it) as VS Code would, on the loopback interface only. */
export async function servePanel(
  name: 'panel' | 'timeline' = 'panel',
): Promise<{ url: string; close: () => Promise<void> }> {
  // read before the first request, since a build empties the folder
  const scripts = new Map(
    readdirSync(bundle)
      .filter((file) => file.endsWith('.js'))
      .map((file) => [`/${file}`, readFileSync(join(bundle, file), 'utf8')]),
  );
  const style = readFileSync(join(bundle, `${name}.css`), 'utf8');
  const sprite = readFileSync(join(bundle, 'icons.svg'), 'utf8');
  const server: Server = createServer((request, response) => {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const language = (searchParams.get('language') ?? 'en') as TextLanguage;
    const texts = translated(WEBVIEW_TEXTS, translationInto(language));
    const theme = path.slice(1).replace(/\.css$/, '') as ThemeName;
    const script = scripts.get(path);
    const [type, body] =
      script !== undefined
        ? ['text/javascript', script]
        : path === '/panel.css'
          ? ['text/css', style]
          : path.endsWith('.css')
            ? ['text/css', themeCss(theme)]
            : [
                'text/html',
                pageHtml(name, { theme: theme in themes ? theme : 'dark', language }, sprite + textsElement(texts)),
              ];
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': CSP }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function pageHtml(
  name: string,
  { theme, language }: { theme: ThemeName; language: TextLanguage },
  parts: string,
): string {
  return `<!doctype html><html lang="${language === 'pseudo' ? 'en' : language}"><head><meta charset="utf-8"><title>Now</title>
<link rel="stylesheet" href="/${theme}.css"><link rel="stylesheet" href="/panel.css"></head>
<body class="${themes[theme].bodyClass}">${parts}<div id="root"></div><script type="module" src="/${name}.js"></script></body></html>`;
}

export interface PanelOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  /** The state that the page saved before it was discarded. */
  savedState?: unknown;
  /** The language of all texts; a pseudo language reveals untranslated ones. */
  language?: TextLanguage;
  /** The time of the page, epoch ms, which stands; timers run. */
  now?: number;
  /** The time at which the page begins, epoch ms; it and all timers stand until the test moves them. */
  from?: number;
}

/** Opens a webview's page, with the test in the place of the extension, and waits until it is ready. */
export async function openWebview(
  browser: Browser,
  url: string,
  options: PanelOptions,
): Promise<{ page: Page; pageErrors: string[] }> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 320, height: options.height ?? 900 },
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  if (options.from !== undefined) {
    // it runs until it is stopped, which cannot be at a time that is over
    await page.clock.install({ time: options.from - 3_600_000 });
    await page.clock.pauseAt(options.from);
  }
  // of Playwright's clock the timers would be stand-ins as well, and what is thrown in one would go unseen
  if (options.now !== undefined) await page.addInitScript((now) => (Date.now = () => now), options.now);
  const pageErrors: string[] = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  await page.addInitScript((saved) => {
    window.posted = [];
    window.cspViolations = [];
    window.savedState = saved;
    document.addEventListener('securitypolicyviolation', (event) =>
      window.cspViolations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
    );
    Object.assign(window, {
      acquireVsCodeApi: () => ({
        postMessage: (message: FromPanel) => window.posted.push(message),
        getState: () => window.savedState,
        setState: (state: unknown) => (window.savedState = state),
      }),
    });
  }, options.savedState);
  await page.goto(
    `${url}/${options.theme ?? 'dark'}${options.language === undefined ? '' : `?language=${options.language}`}`,
  );
  await page.waitForFunction(() => window.posted.some((message) => message.type === 'ready'));
  return { page, pageErrors };
}

/** One panel in the real browser, with the test in the place of the extension. */
export class PanelPage {
  readonly page: Page;
  readonly pageErrors: string[];
  readonly #standsStill: boolean;
  #generation = 0;

  private constructor(page: Page, pageErrors: string[], standsStill: boolean) {
    this.page = page;
    this.pageErrors = pageErrors;
    this.#standsStill = standsStill;
  }

  static async open(browser: Browser, url: string, options: PanelOptions = {}): Promise<PanelPage> {
    const { page, pageErrors } = await openWebview(browser, url, options);
    return new PanelPage(page, pageErrors, options.from !== undefined);
  }

  /** Sends a snapshot and waits until it is drawn. */
  async show(state: PanelState, generation = ++this.#generation): Promise<void> {
    this.#generation = Math.max(this.#generation, generation);
    await this.send(state, generation);
    await this.frames();
    await this.page.waitForFunction(
      (expected) => Number(document.documentElement.dataset['generation'] ?? -1) >= expected,
      generation,
    );
    // parts on demand
    await this.page.waitForSelector('[data-loading]', { state: 'detached' });
  }

  /** Where the page's time stands: lets as much of it pass as some frames, and what is done after them, take. */
  async frames(): Promise<void> {
    if (this.#standsStill) await this.page.clock.runFor(100);
  }

  /** Makes the window as high as what is in it. Rows out of sight are not drawn, so all come into sight first. */
  async fitHeight(): Promise<void> {
    await this.#setHeight(6000);
    await this.#setHeight(
      await this.page.evaluate(() => Math.ceil(document.querySelector('main')?.scrollHeight ?? 600)),
    );
  }

  /** Sets the window's height, and waits until the page has taken notice. */
  async #setHeight(height: number): Promise<void> {
    const { page } = this;
    const { width, height: before } = page.viewportSize() ?? { width: 0, height: 0 };
    if (height === before) return;
    await page.evaluate(() => {
      // behind the page's own listener
      const resized = new Promise((resolve) => window.addEventListener('resize', resolve, { once: true }));
      Object.assign(window, { resized });
    });
    await page.setViewportSize({ width, height });
    await page.evaluate(() => (window as unknown as { resized: Promise<void> }).resized);
  }

  /** Sends a snapshot that may never be drawn, as the extension does: as the bytes of its JSON; waits until it is there. */
  async send(state: PanelState, generation: number): Promise<void> {
    await this.page.evaluate(
      (text) =>
        new Promise<void>((resolve) => {
          // behind the page's own listener
          window.addEventListener('message', () => resolve(), { once: true });
          window.postMessage({ packed: new TextEncoder().encode(text) }, '*');
        }),
      // the extension makes the text, not the page
      JSON.stringify({ type: 'snapshot', generation, state }),
    );
  }

  /** The intents that the panel has posted. */
  async intents(): Promise<Intent[]> {
    const posted = await this.page.evaluate(() => window.posted);
    return posted.flatMap((message) => (message.type === 'run' ? [message.intent] : []));
  }

  /** All problems of the page: faults it reported to the extension, uncaught errors, CSP violations. */
  async problems(): Promise<string[]> {
    const { posted, violations } = await this.page.evaluate(() => ({
      posted: window.posted,
      violations: window.cspViolations,
    }));
    const reported = posted.flatMap((message) => (message.type === 'fault' ? [message.message] : []));
    return [...reported, ...this.pageErrors, ...violations];
  }

  /** Like `problems`, and clears them, for a test that expects them. */
  async takeProblems(): Promise<string[]> {
    const problems = await this.problems();
    this.pageErrors.length = 0;
    await this.page.evaluate(() => (window.posted = []));
    return problems;
  }

  /** Like `problems`, then closes. */
  async close(): Promise<string[]> {
    const problems = await this.problems();
    await this.page.context().close();
    return problems;
  }
}
