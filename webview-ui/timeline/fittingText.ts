/** As much of a text as there is room for. */
export function fitting(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (text.length * 3 < room && context.measureText(text).width <= room) return text;
  for (let length = Math.min(text.length, Math.floor(room / 4)); length > 1; length--) {
    const short = length === text.length ? text : `${text.slice(0, length)}…`;
    if (context.measureText(short).width <= room) return short;
  }
  return '';
}
