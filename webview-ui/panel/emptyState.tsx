import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PanelState } from '#protocol/messages.ts';
import { Button } from '#webview/components/button.tsx';
import { LongText } from '#webview/components/text.tsx';
import { strings } from '#webview/host/strings.ts';
import { HooksBanner } from './bannerSlots.ts';

/** After this time without an answer the panel offers the extension's log. */
const SLOW_MS = 8000;

/** The person's next step while there is no session to show. */
export function EmptyState({ state: { error, trusted, hooks } }: { state: PanelState }): JSX.Element {
  if (error !== undefined)
    return (
      <Empty name="error" title={strings.errorTitle}>
        <LongText text={error} />
        <ShowLog />
      </Empty>
    );
  if (!trusted)
    return (
      <Empty name="untrusted" title={strings.untrustedTitle}>
        <p>{strings.untrusted}</p>
        <Button action="manage-trust" variant="primary" text={strings.manageTrust} intent={{ action: 'manageTrust' }} />
      </Empty>
    );
  if (hooks.state === 'missing') return <FirstRun detail={hooks.detail} />;
  return (
    <Empty name="session" title={strings.noSessionTitle}>
      <HooksBanner hooks={hooks} trusted={trusted} />
      <p>{strings.noSession}</p>
      <Button action="new-session" variant="primary" text={strings.newSession} intent={{ action: 'newSession' }} />
      {hooks.state === 'installed' && hooks.detail !== undefined && <LongText text={hooks.detail} class="dim" />}
      <PlayDemo />
    </Empty>
  );
}

/** Shown until the first message from the extension. */
export function Loading(): JSX.Element {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setSlow(true), SLOW_MS);
    return () => window.clearTimeout(timer);
  }, []);
  if (!slow) return <h1 class="hint">{strings.loading}</h1>;
  return (
    <Empty name="slow" title={strings.loading}>
      <p>{strings.loadingLong}</p>
      <ShowLog />
    </Empty>
  );
}

function FirstRun({ detail }: { detail: string | undefined }): JSX.Element {
  return (
    <Empty name="hooks" title={strings.hooksMissingTitle}>
      <p>{strings.hooksMissing}</p>
      {detail !== undefined && <LongText text={detail} class="dim" />}
      <div class="choices">
        <Button
          action="watch-all"
          variant="primary"
          text={strings.watchAll}
          intent={{ action: 'installHooks', scope: 'user' }}
        />
        <Button
          action="watch-project"
          text={strings.watchProject}
          intent={{ action: 'installHooks', scope: 'local' }}
        />
      </div>
      <PlayDemo />
    </Empty>
  );
}

function PlayDemo(): JSX.Element {
  return (
    <div class="choices">
      <Button action="play-demo" text={strings.playDemo} intent={{ action: 'playDemo' }} />
      <p class="dim">{strings.playDemoHint}</p>
    </div>
  );
}

function ShowLog(): JSX.Element {
  return <Button action="show-log" variant="primary" text={strings.showLog} intent={{ action: 'showLog' }} />;
}

function Empty({ name, title, children }: { name: string; title: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="empty" data-empty={name} role={name === 'error' ? 'alert' : undefined}>
      <h1>{title}</h1>
      {children}
    </div>
  );
}
