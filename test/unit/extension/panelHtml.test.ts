import { expect, test } from 'vitest';
import { panelHtml } from '#extension/panel/panelHtml.ts';
import { translated } from '#protocol/formatMessage.ts';
import { WEBVIEW_TEXTS } from '#protocol/texts.ts';

const page = {
  cspSource: 'https://host.example',
  scriptUri: 'https://host.example/panel.js',
  styleUri: 'https://host.example/panel.css',
  nonce: 'abc',
  sprite: '<svg class="sprite"></svg>\n',
  texts: WEBVIEW_TEXTS,
  language: 'en',
};

test('nothing may load but what the policy names', () => {
  const policy = /content="(default-src[^"]*)"/.exec(panelHtml(page))?.[1];
  expect(policy).toBe(
    `default-src 'none'; img-src https://host.example; style-src https://host.example; script-src 'nonce-abc'`,
  );
});

test('no value can leave its attribute', () => {
  const hostile = '"><script>alert(1)</script>';
  const html = panelHtml({
    ...page,
    scriptUri: hostile,
    styleUri: hostile,
    nonce: hostile,
    language: hostile,
    cspSource: hostile,
    texts: translated(WEBVIEW_TEXTS, () => '</script><script>alert(1)</script><!-- <script'),
  });
  expect(html).not.toContain('<script>');
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script/g)).toHaveLength(2);
});
