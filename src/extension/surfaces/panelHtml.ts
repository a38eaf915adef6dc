export interface PanelPage {
  cspSource: string;
  scriptUri: string;
  styleUri: string;
  nonce: string;
  /** The icons, as markup of the build. */
  sprite: string;
  /** The display language, such as `en`. */
  language: string;
}

/** The webview's page: no data in it but addresses, the nonce and the icons, and nothing that the policy does not name may load. */
export function panelHtml({ cspSource, scriptUri, styleUri, nonce, sprite, language }: PanelPage): string {
  const policy = `default-src 'none'; img-src ${cspSource}; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${attribute(styleUri)}">
<title>Fermata</title>
</head>
<body>
${sprite}<div id="root"></div>
<script nonce="${attribute(nonce)}" src="${attribute(scriptUri)}"></script>
</body>
</html>
`;
}

/** Text that may stand between double quotes in HTML. */
function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
