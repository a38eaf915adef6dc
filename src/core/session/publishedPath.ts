import { resolve, sep } from 'node:path';
import { splitGlob } from '#core/base/globPath.ts';
import { inHome, resolvedPath } from '#core/base/realPath.ts';
import { isCondition } from '#core/fold/conditions.ts';
import { FILE, isFileResource, pathName } from '#core/fold/resources.ts';

/** Where a path is published: the folder in which its relative form starts, and the session's project. */
export interface PathContext {
  from: string;
  project: string | undefined;
}

/**
 * A path or glob as the log gets it: links and `..` are followed as the system follows them, up to the first wildcard,
 * and what is in the project is relative to it. So all who mean a file write the same.
 */
export function publishedPath(path: string, { from, project }: PathContext): string {
  const { folder, rest } = splitGlob(inHome(path));
  const real = resolvedPath(folder, from) ?? resolve(from, folder);
  const cwd = project === undefined ? undefined : (resolvedPath(project, sep) ?? project);
  return pathName([real, ...rest].join('/'), { cwd });
}

/**
 * A resource as the log gets it: the path of a `file:` is published as any other. Blanks around the name or the path, capitals
 * of the prefix, and the end of a line that came along name nothing else.
 */
export function publishedResource(resource: string, context: PathContext): string {
  const name = resource.trim().replace(/^file:\s*/i, FILE);
  return isFileResource(name) ? FILE + publishedPath(name.slice(FILE.length), context) : name;
}

const FREE = 'free:';

/** A condition as the log gets it: one that waits for a file names it as its lock does. */
export const publishedCondition = (condition: string, context: PathContext): string =>
  isCondition(condition) && condition.startsWith(FREE)
    ? FREE + publishedResource(condition.slice(FREE.length), context)
    : condition;
