import { expect, test } from 'vitest';
import { fitOf } from '#core/policy/shell/fitOf.ts';

const fit = (pattern: string, command: string) =>
  fitOf(command, 'PowerShell', { cwd: '/p', root: '/p' })(pattern, '/p')?.kind;

test.each([
  ['git push', 'runs'],
  ['git push origin main', 'runs'],
  ['GIT Push', 'runs'],
  ['git.exe push', 'runs'],
  ['& git push', 'runs'],
  ["& 'C:\\Program Files\\Git\\bin\\git.exe' push", 'runs'],
  ['cd sub; git push', 'runs'],
  ['cd sub && & git push', 'runs'],
  ['gi`t pu`sh', 'runs'],
  ['git `\n  push', 'runs'],
  ['git -C sub push', 'runs'],
  ['if ($LASTEXITCODE -eq 0) { git push }', 'runs'],
  ["$g = 'git'; & $g push", 'might'],
  ['Start-Process git -ArgumentList push', 'might'],
  ["iex 'git push'", 'might'],
  ['cmd /c "git push"', 'runs'],
  ['Get-Date | ForEach-Object { git push }', 'might'],
  ['git status', undefined],
  ['Get-ChildItem | Select-Object -First 3', undefined],
  ['Get-ChildItem | Where-Object { $_.Length -gt 3 }', undefined],
  ["Write-Output 'git push'", undefined],
  ['git pushed', undefined],
])('git push* on %j in PowerShell: %s', (command, expected) => expect(fit('git push*', command)).toBe(expected));

test('capitals of a pattern do not count either', () => {
  expect(fit('Remove-Item *', 'remove-item -Recurse build')).toBe('runs');
  expect(fit('.\\Deploy.ps1*', './deploy.ps1 now')).toBe('runs');
});

test('Bash is read as before', () => {
  expect(fitOf('GIT push', 'Bash', { cwd: '/p', root: '/p' })('git push*', '/p')).toBeUndefined();
});
