import { chmodSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';
import { runtimeCache, runtimeModule } from './runtimes.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-lcd-text',
  '--font-render-hinting=none',
  // Every name fails at once instead of waiting for a DNS server: tests talk to this machine only.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

/** A headless Chromium with a fresh profile. CHROME_PATH names another one. Needs `ensureRuntimes()` before. */
export function launchBrowser(env: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: flags, env });
}

function chromiumPath(): string {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) return chosen;
  if (process.platform === 'linux' && process.arch === 'x64') return npmChromium();
  const installed = [
    '/usr/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ].find((path) => existsSync(path));
  if (installed === undefined) throw new Error('no Chromium found: set CHROME_PATH');
  return installed;
}

/** The npm package carries the binary compressed; it is unpacked once (about 2 s, 200 MB) into a name with its version. */
function npmChromium(): string {
  const dir = runtimeModule('@sparticuz/chromium');
  const { version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version: string };
  const binary = join(runtimeCache(), `chromium-${version}`);
  if (existsSync(binary)) return binary;
  const temporary = `${binary}.${process.pid}`;
  writeFileSync(temporary, brotliDecompressSync(readFileSync(join(dir, 'bin', 'chromium.br'))));
  chmodSync(temporary, 0o755);
  // Another test file may have unpacked it meanwhile and run it: the first one stays, since Chromium starts itself by its path.
  try {
    linkSync(temporary, binary);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  rmSync(temporary);
  return binary;
}
