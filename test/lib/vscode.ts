/**
 * The editor's API in unit tests: its texts in English, with placeholders filled as VS Code does, and places where a test
 * looks at what would be shown (by `vi.spyOn`). Everything else of the API is tested in the real editor (test/vscode).
 */
export const l10n = {
  bundle: undefined,
  t: (message: string, ...values: (string | number | boolean)[]): string =>
    message.replaceAll(/\{(\d+)\}/g, (slot, index: string) => String(values[Number(index)] ?? slot)),
};

export const env = { language: 'en', remoteName: undefined as string | undefined, uiKind: 2 };

type Shown = (...args: unknown[]) => Promise<unknown>;
const nothing: Shown = () => Promise.resolve(undefined);

export const workspace = { isTrusted: true };

/** Trusts the window's folders, or not: Restricted Mode. */
export const setTrusted = (trusted: boolean): void => void (workspace.isTrusted = trusted);

export const window = {
  state: { focused: true },
  showInformationMessage: nothing,
  showWarningMessage: nothing,
  showTextDocument: nothing,
  showQuickPick: nothing,
  withProgress: nothing,
  setStatusBarMessage: (_text: string, _ms: number): void => undefined,
  createStatusBarItem: (): Record<string, unknown> => ({ show: () => {}, hide: () => {}, dispose: () => {} }),
  createTreeView: (): Record<string, unknown> => ({}),
};

export const commands = { executeCommand: nothing };
export const Uri = { file: (path: string) => ({ scheme: 'file', fsPath: path, path }) };

export class MarkdownString {
  value: string;
  isTrusted = false;
  constructor(value = '') {
    this.value = value;
  }
  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
}

export class TreeItem {
  readonly label: string;
  constructor(label: string) {
    this.label = label;
  }
}

export class EventEmitter {
  readonly event = (): void => undefined;
  fire(): void {}
}

export class ThemeIcon {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

export class ThemeColor {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

export const StatusBarAlignment = {
  Left: 1,
  Right: 2,
};
export const ProgressLocation = {
  SourceControl: 1,
  Window: 10,
  Notification: 15,
};
export const ViewColumn = {
  Active: -1,
  Beside: -2,
};
export const UIKind = {
  Desktop: 1,
  Web: 2,
};
