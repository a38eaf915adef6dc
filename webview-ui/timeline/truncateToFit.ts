/** As much of a text as there is room for. */
export function truncateToFit(context: CanvasRenderingContext2D, text: string, maxWidth: number): string {
  if (text.length * 3 < maxWidth && context.measureText(text).width <= maxWidth) return text;
  for (let length = Math.min(text.length, Math.floor(maxWidth / 4)); length > 1; length--) {
    const short = length === text.length ? text : `${text.slice(0, length)}…`;
    if (context.measureText(short).width <= maxWidth) return short;
  }
  return '';
}
