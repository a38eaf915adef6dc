/**
 * What unit tests see of the editor's API: its texts, in English, filled in as VS Code does. Everything else of it is met
 * in the real editor (test/vscode).
 */
export const l10n = {
  bundle: undefined,
  t: (message: string, ...values: (string | number | boolean)[]): string =>
    message.replaceAll(/\{(\d+)\}/g, (slot, index: string) => String(values[Number(index)] ?? slot)),
};

export const env = { language: 'en' };
