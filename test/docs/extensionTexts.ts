import { join, relative } from 'node:path';
import {
  isBinaryExpression,
  isCallExpression,
  isIdentifier,
  isImportDeclaration,
  isJsxAttribute,
  isJsxText,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isTypeNode,
  type Expression,
  type Node,
  type SourceFile,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { WEBVIEW_TEXTS } from '#protocol/texts.ts';
import { VIEW_TEXTS } from '#protocol/viewTexts.ts';
import { repoRoot } from '#test/lib/runtimes.ts';

export interface ExtensionTexts {
  /** The arguments of `l10n.t`, and the texts of the webviews and of the view: the keys of a translation. */
  keys: string[];
  /** Calls of `l10n.t` without a literal, which cannot be translated. */
  unknown: string[];
  /** Texts that a person probably sees, but that do not go through `l10n.t`. */
  bare: string[];
}

/** Reads the sources of the extension with the compiler. */
export function extensionTexts(): ExtensionTexts {
  const texts: ExtensionTexts = { keys: [...leaves(WEBVIEW_TEXTS), ...leaves(VIEW_TEXTS)], unknown: [], bare: [] };
  forEachSource('src/extension', (file) => read(file, texts));
  return { ...texts, keys: [...new Set(texts.keys)].toSorted((a, b) => (a < b ? -1 : 1)) };
}

/** Texts in the pages of the webviews that do not come from the dictionary. */
export function webviewBare(): string[] {
  const bare: string[] = [];
  forEachSource('webview-ui', (file) => {
    const visit = (node: Node): void => {
      if (isImportDeclaration(node) || isTypeNode(node)) return;
      if (isJsxAttribute(node) && !SHOWN_IN_PAGES.test(node.name.getText(file))) {
        // only a sentence stands out among classes and names
        node.forEachChild((child) => visit(child));
        return;
      }
      const shown = isJsxText(node) || (isJsxAttribute(node) && node.initializer !== undefined);
      const text = isJsxText(node) ? node.text : isJsxAttribute(node) ? literalOf(node.initializer) : textOf(node);
      if (text !== undefined && (shown ? /\p{L}{2}/u : /^\p{Lu}.*\p{L}{2,} \p{L}{2,}/u).test(text))
        bare.push(describeLocation(file, node));
      node.forEachChild(visit);
    };
    file.forEachChild(visit);
  });
  return bare;
}

/** The sources of one of the projects, as the compiler reads them. */
function forEachSource(path: string, callback: (file: SourceFile) => void): void {
  const api = new API({ cwd: repoRoot });
  try {
    const folder = join(repoRoot, path);
    const [opened] = api.updateSnapshot({ openProject: join(folder, 'tsconfig.json') }).getProjects();
    for (const name of opened?.program.getSourceFileNames() ?? []) {
      const file = name.startsWith(folder) ? opened?.program.getSourceFile(name) : undefined;
      if (file !== undefined) callback(file);
    }
  } finally {
    api.close();
  }
}

function describeLocation(file: SourceFile, node: Node): string {
  const line = file.text.slice(0, node.getStart(file)).split('\n').length;
  return `${relative(repoRoot, file.fileName)}:${line} ${node.getText(file)}`;
}

const SHOWN_IN_PAGES =
  /^(title|alt|placeholder|label|text|question|aria-(label|description|valuetext|roledescription))$/;

const literalOf = (node: Node | undefined): string | undefined => (node === undefined ? undefined : textOf(node));

/** Calls whose texts go into the log, which is not translated. */
const LOGGED = new Set(['info', 'warn', 'error', 'debug', 'onError', 'fault']);
/** Calls in which even a single word is a text for a person. */
const SHOWN =
  /^(show\w+(Message|Pick|Box)|pickOne|pick|sure|setStatusBarMessage|appendText|appendMarkdown|HumanError)$/;
const SHOWN_AS = /^(title|label|placeHolder|prompt|detail|description|tooltip|message|text|name)$/;
/** Names are the same in every language; icons and markup are none. */
const NO_TEXT = /\b(Fermata|Claude( Code)?)\b|\$\([\w-]+\)|<[^>]*>/g;

function read(file: SourceFile, texts: ExtensionTexts): void {
  const locate = (node: Node): string => describeLocation(file, node);
  const visit = (node: Node, shown: boolean): void => {
    if (isImportDeclaration(node) || isTypeNode(node)) return;
    if (isCallExpression(node) || isNewExpression(node)) {
      const name = nameOf(node.expression);
      const [first] = node.arguments ?? [];
      if (/\bl10n\.t$/.test(node.expression.getText(file))) {
        if (first !== undefined && isStringLiteral(first)) texts.keys.push(first.text);
        else if (!/(webviewPage|viewTexts)\.ts$/.test(file.fileName)) texts.unknown.push(locate(node));
        for (const value of node.arguments?.slice(1) ?? []) visit(value, true);
        return;
      }
      if (LOGGED.has(name)) return;
      visit(node.expression, false);
      for (const argument of node.arguments ?? []) visit(argument, SHOWN.test(name));
      return;
    }
    // compared, not shown
    if (isBinaryExpression(node) && /^[!=]==$/.test(node.operatorToken.getText(file))) return;
    if (isPropertyAssignment(node)) {
      visit(node.initializer, SHOWN_AS.test(node.name.getText(file)));
      return;
    }
    const text = textOf(node)?.replaceAll(NO_TEXT, '');
    if (text !== undefined && (shown ? /\p{L}{2}/u : /\p{L}{2,} \p{L}{2,}/u).test(text)) texts.bare.push(locate(node));
    node.forEachChild((child) => visit(child, shown));
  };
  file.forEachChild((node) => visit(node, false));
}

function textOf(node: Node): string | undefined {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('{}');
}

function nameOf(callee: Expression): string {
  if (isIdentifier(callee)) return callee.text;
  return isPropertyAccessExpression(callee) ? callee.name.text : '';
}

function leaves(texts: unknown): string[] {
  return typeof texts === 'string' ? [texts] : Object.values(texts as object).flatMap(leaves);
}
