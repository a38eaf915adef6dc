import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from '#core/base/files/readFile.ts';
import { missingPrograms, PROGRAMS } from '#core/install/runtimeFiles.ts';
import { MIN_MAJOR } from './findNode.ts';
import { tarArchive } from './tarArchive.ts';

const MAX_PROGRAM_BYTES = 16 << 20;
/** The last file of the archive: without it the archive is not whole. */
const LAST = 'version';

/** Where a Node may be that is not in PATH. */
const PLACES = ['/usr/local/bin/node', '/usr/bin/node', '/opt/homebrew/bin/node'];

/** The line by which a script over there is known, whatever greets before it. */
export const SCRIPT_ANSWER = 'fermata-install:';

/** How the script ended, as its exit code. */
export const INSTALL_EXIT = { noNode: 41, oldNode: 42, noTar: 43, readOnly: 44, incomplete: 45 } as const;

/**
 * The programs of a home as an archive for another machine: without what names this one's Node. Each comes after those that it
 * starts, and the version comes last. Throws the system's error, or where the home has not all of them.
 */
export function programsArchive(home: string): Buffer {
  const [missing] = missingPrograms(home);
  if (missing !== undefined || !existsSync(join(home, LAST)))
    throw new Error(`${missing ?? join(home, LAST)} is missing: install Fermata's hooks again ("fermata install")`);
  const file = (name: string, mode: number) => ({
    name,
    data: readBytes(join(home, name), MAX_PROGRAM_BYTES),
    mode,
  });
  return tarArchive([
    ...PROGRAMS.map(({ installed, mode }) => file(installed, mode)),
    ...['bin/fermata', 'bin/claude-code-hook'].map((name) => file(name, 0o755)),
    file(LAST, 0o644),
  ]);
}

/**
 * What a POSIX shell of the other machine does with that archive on its standard input: finds a Node, unpacks beside, and gives each file
 * its place once all are there, so that a connection that is cut leaves what was there before. It prints where its home is.
 * @param places where a Node is looked for that is not in PATH
 */
export function installScript(places: readonly string[] = PLACES): string {
  const order = [...PROGRAMS.map(({ installed }) => installed), 'bin/fermata', 'bin/claude-code-hook', LAST];
  const folders = [...new Set(order.flatMap((name) => (name.includes('/') ? [name.split('/', 1)[0] ?? ''] : [])))];
  return `umask 077
home=\${FERMATA_HOME:-$HOME/.fermata}
new=$home/installing.$$
end() { rm -rf "$new"; echo "${SCRIPT_ANSWER} $2" >&2; exit "$1"; }
major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null; }
node= found=
for each in "$(command -v node)" "$("\${SHELL:-/bin/sh}" -lc 'command -v node' 2>/dev/null </dev/null | tail -n 1)" ${places.join(' ')} "$HOME"/.nvm/versions/node/*/bin/node; do
  case $each in /*) ;; *) continue ;; esac
  [ -x "$each" ] || continue
  version=$(major "$each" </dev/null)
  case $version in ''|*[!0-9]*) continue ;; esac
  found="$each ($version)"
  if [ "$version" -ge ${MIN_MAJOR} ]; then node=$("$each" -p process.execPath </dev/null); break; fi
done
if [ -z "$node" ]; then
  if [ -n "$found" ]; then end ${INSTALL_EXIT.oldNode} "$found"; fi
  end ${INSTALL_EXIT.noNode} "$PATH"
fi
command -v tar >/dev/null 2>&1 || end ${INSTALL_EXIT.noTar} "$PATH"
mkdir -p "$new" 2>/dev/null || end ${INSTALL_EXIT.readOnly} "$home"
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
tar -xf - -C "$new" || end ${INSTALL_EXIT.incomplete} "$home"
[ -f "$new/${LAST}" ] || end ${INSTALL_EXIT.incomplete} "$home"
trap '' HUP INT TERM
for each in ${folders.join(' ')} cache; do mkdir -p "$home/$each" || end ${INSTALL_EXIT.readOnly} "$home"; done
printf '%s\\n' "$node" >"$new/runtime" || end ${INSTALL_EXIT.readOnly} "$home"
for each in runtime ${order.join(' ')}; do mv -f "$new/$each" "$home/$each" || end ${INSTALL_EXIT.readOnly} "$home"; done
rm -rf "$home"/installing.*
echo "${SCRIPT_ANSWER} $home"
`;
}
