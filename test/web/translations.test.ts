import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PanelState } from '#protocol/messages.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { LANGUAGES } from '#test/lib/translations.ts';
import { past } from './fixtures.ts';
import { overflowing } from './overflow.ts';
import { panelStage } from './stage.ts';
import { states } from './states.ts';

const stage = panelStage();
const folder = join(repoRoot, 'out', 'screenshots');
mkdirSync(folder, { recursive: true });

/** As narrow as a side bar is used. */
const WIDTH = 250;

/** The Board, a session at work, its questions, what is stuck, the first steps and the past. */
const shown: Record<string, PanelState> = {
  tenTerminals: states.tenTerminals,
  busy: states.busy,
  asking: states.asking,
  stuck: states.stuck,
  noHooks: states.noHooks,
  installing: states.installing,
  demoStep: states.demoStep,
  willHold: states.willHold,
  past,
};

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(Object.entries(shown))(
    '%s fits into a narrow side bar, and every button can be reached',
    async (name, state) => {
      for (const theme of ['dark', 'light'] as const) {
        const panel = await stage(state, { width: WIDTH, theme, language });
        const { page } = panel;
        await panel.fitHeight();
        await page.screenshot({ path: join(folder, `${language}-${name}-${theme}.png`) });
        if (theme === 'light') continue;
        await page.evaluate(() => {
          for (const each of document.querySelectorAll('details')) each.open = true;
        });
        expect(await overflowing(page)).toEqual([]);
        expect(await page.innerText('body')).not.toMatch(/plural,|\{\d/);
      }
    },
  );
});
