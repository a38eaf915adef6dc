/**
 * What of Claude Code's declarations for modules is used here. A version writes its own, and a test compiles the module by
 * those of the newest one (`claude plugin validate`).
 */
declare module 'claude-code' {
  export type RenderElement = { readonly element: unique symbol };
  type Component = (props: Record<string, unknown>) => RenderElement;

  export interface EngineInterface {
    fs: {
      exists(path: string): Promise<boolean>;
      stat(path: string): Promise<{ size: number }>;
      read(path: string): Promise<string>;
      write(path: string, text: string): Promise<void>;
    };
    agent: { list(): Promise<readonly { id: string; status: string }[]> };
    clock: { every(ms: number, run: () => unknown): unknown };
    process: {
      run(
        argv: readonly string[],
        init?: { env?: Record<string, string>; timeoutMs?: number; cwd?: string },
      ): Promise<{ exitCode: number; stdout: string }>;
    };
    session: {
      id(): Promise<string>;
      usage(): Promise<{
        context: { tokens?: number; window: number };
        rateLimits: { kind: string; percentUsed: number; resetsAt?: string }[];
        cost?: { usd: number };
      }>;
    };
    prompt: { submit(prompt: { text: string }): Promise<unknown> };
    tool: { call(call: { tool: 'TaskStop'; task_id: string }): Promise<unknown> };
    ui: {
      invalidate(event: 'ui.render'): void;
      resolve(event: object): { Box: Component; Text: Component; Button: Component };
    };
  }

  interface Events {
    'session.start': { isInteractive: boolean };
    'session.end': { reason: string };
    'turn.start': { agentId?: string | undefined };
    'turn.complete': { agentId?: string | undefined; reason: string };
    'ui.render': { component: string };
  }
  interface Results {
    'ui.render': RenderElement;
  }
  type Result<Name> = Name extends keyof Results ? Results[Name] : void;
  type Next<Name extends keyof Events> = (event: Events[Name]) => Promise<Result<Name>>;
  type Hook<Name extends keyof Events> = (
    $: EngineInterface,
    event: Events[Name],
    next: Next<Name>,
  ) => Promise<Result<Name>>;
  interface Registered<Name extends keyof Events> {
    catch(hook: Hook<Name>): void;
  }
  export type On = {
    <Name extends keyof Events>(name: Name, hook: Hook<Name>): Registered<Name>;
    <Name extends keyof Events>(name: Name, matcher: { component: string }, hook: Hook<Name>): Registered<Name>;
  };
}

/** Makes an element, as JSX would. */
declare function h(component: unknown, props: object | null, ...children: unknown[]): unknown;
