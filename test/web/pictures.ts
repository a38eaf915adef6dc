import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { repoRoot, runtimeCache, runtimeModule } from '#test/lib/runtimes.ts';

const folder = join(repoRoot, 'test', 'web', 'golden');
/** The folder for pictures that differ from their golden one. */
const actualFolder = join(repoRoot, 'out', 'golden');

/** Whether vitest runs with `-u`; inspect each updated picture afterwards. */
const updating = (): boolean => expect.getState().snapshotState.snapshotUpdateState === 'all';

/** Whether the pinned browser runs here. Another one draws other pixels, so only its texts are compared. */
export const picturesAreComparable =
  process.platform === 'linux' && process.arch === 'x64' && process.env['CHROME_PATH'] === undefined;

/** Pixels differ if a channel differs by more than this, of 255. */
const CHANNEL_TOLERANCE = 32;
/** The number of pixels that may differ: fewer than an icon has. */
const MAX_DIFFERENT = 20;

/** Compares a PNG of the page with the golden one; `page` only runs the comparison. */
export async function expectPicture(page: Page, name: string, png: Buffer): Promise<void> {
  const path = join(folder, name);
  if (updating()) writeFileSync(path, png);
  const golden = existsSync(path) ? readFileSync(path) : undefined;
  const different = golden === undefined ? Infinity : await countDifferentPixels(page, golden, png);
  if (different > MAX_DIFFERENT) {
    mkdirSync(actualFolder, { recursive: true });
    writeFileSync(join(actualFolder, name), png);
  }
  expect(different, `${name}: other pixels; what was drawn is in out/golden, -u takes it over`).toBeLessThan(
    MAX_DIFFERENT,
  );
}

/** The number of different pixels; infinite if the sizes differ. */
function countDifferentPixels(page: Page, one: Buffer, other: Buffer): Promise<number> {
  const pictures = [one, other].map((png) => png.toString('base64'));
  return page.evaluate(
    async ({ base64, tolerance }) => {
      const read = async (text: string): Promise<ImageData> => {
        const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
        if (context === null) throw new Error('no canvas');
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [a, b] = [await read(base64[0] ?? ''), await read(base64[1] ?? '')];
      if (a.width !== b.width || a.height !== b.height) return Infinity;
      let different = 0;
      for (let at = 0; at < a.data.length; at += 4)
        if ([0, 1, 2].some((i) => Math.abs((a.data[at + i] ?? 0) - (b.data[at + i] ?? 0)) > tolerance)) different++;
      return different;
    },
    { base64: pictures, tolerance: CHANNEL_TOLERANCE },
  );
}

/**
 * Writes a fontconfig file with one font, Open Sans from the pinned browser's package, and fixed rendering options, so
 * that a picture is the same on every machine. Needs `ensureRuntimes()` before.
 */
export function goldenFonts(): string {
  const packed = join(runtimeModule('@sparticuz/chromium'), 'bin', 'fonts.tar.br');
  const dir = join(runtimeCache(), 'golden-fonts');
  if (!existsSync(dir)) {
    const temporary = `${dir}.${process.pid}`;
    mkdirSync(temporary);
    execFileSync('tar', ['-x', '-C', temporary], { input: brotliDecompressSync(readFileSync(packed)) });
    try {
      renameSync(temporary, dir);
    } catch (error) {
      // another test file was faster
      if (!existsSync(dir)) throw error;
      rmSync(temporary, { recursive: true });
    }
  }
  const path = join(dir, 'golden.conf');
  // in one step, since the browser of another test file may be reading it
  const written = `${path}.${process.pid}`;
  writeFileSync(
    written,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${dir}/fonts</dir>
<cachedir>${dir}/cache</cachedir><match target="font"><edit name="antialias" mode="assign"><bool>true</bool></edit>
<edit name="hinting" mode="assign"><bool>false</bool></edit><edit name="rgba" mode="assign"><const>none</const></edit></match></fontconfig>`,
  );
  renameSync(written, path);
  return path;
}
