/** The one number of a probe as text, and how it moved. Accuracies are percentages. Pure. */

import { exact, int, num, percent } from "../format";
import type { ProbeState } from "../protocol";
import { toNumber } from "../tensor";

export function isShare(probe: string, value: number): boolean {
  return /acc/i.test(probe) && value >= 0 && value <= 1;
}

/** Counts are whole numbers, and are shown as such. */
function plain(value: number, below = 1e9): string {
  return Number.isInteger(value) && Math.abs(value) < below ? int(value) : num(value);
}

export function headlineText(probe: string, value: number): string {
  return scaleText(probe, [value])(value);
}

/** How numbers that stand side by side are written: all as percentages, or none. */
export function scaleText(probe: string, values: readonly number[]): (value: number) => string {
  const shares = areShares(probe, values);
  return (value) => (shares && Number.isFinite(value) ? percent(value) : plain(value));
}

/** Whether numbers that stand side by side are percentages, all of them. */
export function areShares(probe: string, values: readonly number[]): boolean {
  return isShare(probe, 0) && values.every((value) => !Number.isFinite(value) || isShare(probe, value));
}

const LONG = 1e5; // from here on a whole number is too long for an axis
const DIGITS = 4; // of `num`
const MOST_DIGITS = 17; // with so many no two floats read alike

/** Numbers as the labels of an axis: short, and with as many digits as it takes for no two of them to read alike. */
export function axisTexts(probe: string, values: readonly number[]): string[] {
  const shares = areShares(probe, values);
  const different = new Set(values).size;
  for (let digits = DIGITS; ; digits += 1) {
    const write = (value: number): string => {
      if (shares) return percent(value, digits - DIGITS + 1);
      return digits === DIGITS ? plain(value, LONG) : exact(Number(value.toPrecision(digits)));
    };
    const texts = values.map(write);
    if (digits === MOST_DIGITS || new Set(texts).size === different) return texts;
  }
}

export interface Delta {
  /** -1, 0 or 1. */
  sign: number;
  /** Without a sign, in points where the number is a percentage. */
  text: string;
}

/** How the headline moved; null if there is nothing to compare with. */
export function deltaOf({ name, headline, was }: Pick<ProbeState, "name" | "headline" | "was">): Delta | null {
  if (headline === null || was === null) return null;
  const [now, before] = [toNumber(headline), toNumber(was)];
  const moved = now - before;
  if (!Number.isFinite(moved)) return null;
  const points = isShare(name, now) && isShare(name, before);
  const text = points ? (Math.abs(moved) * 100).toFixed(1) : plain(Math.abs(moved));
  return { sign: points && text === "0.0" ? 0 : Math.sign(moved), text };
}

/** As it is read aloud: `accuracy 91.2%, down 5.5`. */
export function spokenOf(state: ProbeState): string {
  if (state.status === "failed") return `${state.name} failed: ${state.error}`;
  if (state.headline === null) return "";
  const delta = deltaOf(state);
  const moved = delta ? `, ${["down", "no change", "up"][delta.sign + 1]}${delta.sign ? ` ${delta.text}` : ""}` : "";
  return `${state.name} ${headlineText(state.name, toNumber(state.headline))}${moved}`;
}
