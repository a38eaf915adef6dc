import type { ComponentChildren, JSX } from 'preact';
import type { PanelState } from '#protocol/messages.ts';
import { Button } from '#webview/components/button.tsx';
import { Icon, type IconName } from '#webview/components/icon.tsx';
import { LongText, UserText } from '#webview/components/text.tsx';
import { strings } from '#webview/host/strings.ts';

/** What guides a person through their first minutes: the question of an installation, what comes next, the demo. */
export function Guide({ state }: { state: PanelState }): JSX.Element | null {
  const { install, watching, demo } = state.guide ?? {};
  if (install !== undefined) return <InstallQuestion install={install} />;
  if (demo !== undefined) return 'over' in demo ? <DemoOver state={state} /> : <DemoStep step={demo.step} />;
  return watching === true ? <Watching state={state} /> : null;
}

function Card({ name, icon, children }: { name: string; icon: IconName; children: ComponentChildren }): JSX.Element {
  return (
    <section class="banner info guide" data-guide={name} aria-label={strings.guide.label}>
      <Icon name={icon} />
      <div class="banner-body">{children}</div>
    </section>
  );
}

function InstallQuestion({
  install,
}: {
  install: NonNullable<NonNullable<PanelState['guide']>['install']>;
}): JSX.Element {
  const { file, hooks, rules, notes } = install;
  const { guide } = strings;
  return (
    <Card name="install" icon="question">
      <strong>
        <UserText text={guide.question(hooks, file)} />
      </strong>
      <ul class="guide-list">
        <li>{guide.summaryHooks(hooks)}</li>
        <li>{guide.summaryRules(rules)}</li>
        <li>{guide.summaryUndo}</li>
        {notes.map((note) => (
          <li key={note}>
            <LongText text={note} />
          </li>
        ))}
      </ul>
      <div class="actions">
        <Button action="confirm-install" variant="primary" text={guide.install} intent={{ action: 'confirmInstall' }} />
        {rules > 0 && (
          <Button
            action="confirm-without-rules"
            text={guide.withoutRules}
            intent={{ action: 'confirmInstallWithoutRules' }}
          />
        )}
        <Button action="cancel-install" text={guide.cancel} intent={{ action: 'cancelInstall' }} />
      </div>
    </Card>
  );
}

/** What comes after an installation: a session, then a first hold in it. */
function Watching({ state: { view, trusted } }: { state: PanelState }): JSX.Element {
  const session = view?.session;
  const isLive = session?.live === true && session.unhooked === undefined;
  return (
    <Card name="watching" icon="pass">
      <div>
        <strong>{strings.guide.watching}</strong> {strings.guide.watchingHint}
      </div>
      <div class="actions">
        {!isLive && (
          <Button action="new-session" variant="primary" text={strings.newSession} intent={{ action: 'newSession' }} />
        )}
        {isLive && trusted && (
          <Button
            action="hold-merge"
            variant="primary"
            text={strings.guide.holdMerge}
            intent={{ action: 'hold', session: session.id, next: 'merge' }}
          />
        )}
        <Button action="close-guide" text={strings.guide.close} intent={{ action: 'closeGuide' }} />
      </div>
    </Card>
  );
}

function DemoStep({ step }: { step: number }): JSX.Element {
  const { guide } = strings;
  const text = [guide.step1, guide.step2, guide.step3, guide.step4][step - 1];
  return (
    <Card name="demo" icon="play">
      <div role="status">
        <strong>{guide.step(step)}</strong> {text}
      </div>
    </Card>
  );
}

/** The demo has ended: on to the person's own sessions. */
function DemoOver({ state: { hooks } }: { state: PanelState }): JSX.Element {
  const isWatching = hooks.state === 'installed';
  return (
    <Card name="demo-over" icon="pass">
      <div>{strings.guide.demoOver}</div>
      <div class="actions">
        {isWatching ? (
          <Button action="new-session" variant="primary" text={strings.newSession} intent={{ action: 'newSession' }} />
        ) : (
          <Button
            action="watch-own"
            variant="primary"
            text={strings.guide.watchOwn}
            intent={{ action: 'installHooks', scope: 'user' }}
          />
        )}
        <Button action="play-demo" text={strings.guide.again} intent={{ action: 'playDemo' }} />
      </div>
    </Card>
  );
}
