// What is counted of mutants, and how one is named so that it is found again when lines have moved.

/** A survivor of equivalent.txt: its file, and its line before and after. */
export function equivalents(text) {
  const known = new Set();
  let file = '';
  let before = '';
  for (const line of text.split('\n')) {
    if (/^[^#\s+-]\S*\.ts$/.test(line)) file = line;
    else if (line.startsWith('- ')) before = line.slice(2);
    else if (line.startsWith('+ ')) known.add(`${file}\n${before}\n${line.slice(2)}`);
  }
  return known;
}

/** The lines that a mutant changes, before and after, as one line each; lines and columns count from 1. */
export function mutatedLine(source, { location, replacement }) {
  const lines = source.split('\n');
  const { start, end } = location;
  const touched = lines.slice(start.line - 1, end.line);
  const head = touched[0].slice(0, start.column - 1);
  const tail = touched.at(-1).slice(end.column - 1);
  const flat = (text) => text.replace(/\s+/g, ' ').trim();
  return { at: start.line, before: flat(touched.join('\n')), after: flat(head + (replacement ?? '') + tail) };
}

/** The sum of the figures of files; the score leaves equivalent mutants out. */
export function scoreOf(files) {
  const sum = (name) => files.reduce((total, file) => total + file[name], 0);
  const [mutants, noticed, equivalent, survived] = ['mutants', 'noticed', 'equivalent', 'survived'].map(sum);
  const counted = mutants - equivalent;
  return {
    score: counted === 0 ? 100 : Math.floor((1000 * noticed) / counted) / 10,
    mutants,
    noticed,
    equivalent,
    survived,
  };
}
