/**
 * The editor's API in unit tests: its texts in English, with placeholders filled as VS Code does. Everything else of the
 * API is tested in the real editor (test/vscode).
 */
export const l10n = {
  bundle: undefined,
  t: (message: string, ...values: (string | number | boolean)[]): string =>
    message.replaceAll(/\{(\d+)\}/g, (slot, index: string) => String(values[Number(index)] ?? slot)),
};

export const env = { language: 'en' };
