/**
 * Makes the editor's context menu of an element the one of an agent: its commands get the session, and the worker if it is
 * one. The manifest's `webview/context` names the commands.
 */
export const agentMenu = (session: string, worker?: string): { 'data-vscode-context': string } => ({
  'data-vscode-context': JSON.stringify({ fermataAgent: true, session, worker }),
});
