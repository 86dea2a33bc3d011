/** Conditions that are a band of values: `|w| < 0.01`, `-0.1 <= w <= 0.2`, `w > 0.1`. The kernel reads many more; these the histogram can show. Pure. */

export type Band = readonly [low: number, high: number];

const NUMBER = "([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?)";
const SIZE = new RegExp(`^(?:\\|\\s*w\\s*\\||abs\\(\\s*w\\s*\\))\\s*<=?\\s*${NUMBER}$`, "i");
const BETWEEN = new RegExp(`^${NUMBER}\\s*<=?\\s*w\\s*<=?\\s*${NUMBER}$`, "i");
const ABOVE = new RegExp(`^w\\s*>=?\\s*${NUMBER}$`, "i");
const BELOW = new RegExp(`^w\\s*<=?\\s*${NUMBER}$`, "i");

/** The band that a condition means; null if it means something else. */
export function bandOf(condition: string): Band | null {
  const text = condition.trim();
  const size = SIZE.exec(text);
  if (size) return [-Number(size[1]), Number(size[1])];
  const between = BETWEEN.exec(text);
  if (between) return [Number(between[1]), Number(between[2])];
  const above = ABOVE.exec(text);
  if (above) return [Number(above[1]), Number.POSITIVE_INFINITY];
  const below = BELOW.exec(text);
  return below ? [Number.NEGATIVE_INFINITY, Number(below[1])] : null;
}

export function isSymmetric([low, high]: Band): boolean {
  return low === -high;
}

export function conditionOf(band: Band): string {
  const [low, high] = band;
  if (high === Number.POSITIVE_INFINITY) return `w >= ${low}`;
  if (low === Number.NEGATIVE_INFINITY) return `w <= ${high}`;
  return isSymmetric(band) ? `|w| < ${high}` : `${low} <= w <= ${high}`;
}

/** A value on a grid of `domain` / 200, which is about a pixel, with no digits beyond it. */
export function rounded(value: number, domain: number): number {
  const step = 10 ** Math.floor(Math.log10(domain / 100));
  return Number((Math.round(value / step) * step).toPrecision(6));
}
