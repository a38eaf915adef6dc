import type { WEBVIEW_TEXTS } from '#protocol/texts.ts';

export interface PanelPage {
  cspSource: string;
  scriptUri: string;
  styleUri: string;
  nonce: string;
  /** The icons, as markup that the build makes. */
  sprite: string;
  /** The page's texts, and their language, such as `en`. */
  texts: typeof WEBVIEW_TEXTS;
  language: string;
}

/**
 * The webview's page. Its script is a module: it is fetched with the page, and runs once all of that is there. The page contains only addresses, the nonce, the texts and the icons, and loads only what its policy names.
 */
export function panelHtml({ cspSource, scriptUri, styleUri, nonce, sprite, texts, language }: PanelPage): string {
  const policy = `default-src 'none'; img-src ${cspSource}; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeAttribute(styleUri)}">
<script type="module" nonce="${escapeAttribute(nonce)}" src="${escapeAttribute(scriptUri)}"></script>
<title>Fermata</title>
</head>
<body>
${sprite}${textsElement(texts)}
<div id="root"></div>
</body>
</html>
`;
}

/** The texts of a page, as data for its script. No text can end the element. */
export function textsElement(texts: typeof WEBVIEW_TEXTS): string {
  return `<script type="application/json" id="texts">${JSON.stringify(texts).replaceAll('<', '\\u003c')}</script>`;
}

/** Escapes a text for an attribute in double quotes. */
function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
