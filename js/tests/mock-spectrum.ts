/** The part of the mock kernel that works out singular values, by one-sided Jacobi rotations. */

import type { Spectrum } from "../src/protocol";
import type { MockTensor } from "./datasets";
import { fail, type Parts, sizeOf, type ValueAt } from "./mock";

const SWEEPS = 12;
const MOST = 2 ** 17;

/** The last axis makes the columns. */
export function spectrumOf(own: MockTensor, valueAt: ValueAt): [Spectrum, Parts] {
  const cols = own.shape.at(-1) ?? 1;
  const rows = sizeOf(own) / cols;
  if (sizeOf(own) > MOST)
    throw fail(
      "value",
      `the singular values of a matrix of ${rows} by ${cols} would take seconds to minutes; compute those of a part of it in Python, with numpy.linalg.svd`,
    );
  const all = Float64Array.from({ length: rows * cols }, (_, index) => valueAt(own, index));
  const bad = all.filter((value) => !Number.isFinite(value)).length;
  if (bad > 0)
    throw fail(
      "value",
      `${bad} of the values ${bad === 1 ? "is" : "are"} NaN or infinite, so there are no singular values; Examine shows where, and how to replace such values`,
    );
  const tall = rows >= cols;
  const [length, count] = tall ? [rows, cols] : [cols, rows];
  const vectors = Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length }, (_, i) => all[tall ? i * cols + k : k * cols + i] ?? 0),
  );
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let turned = false;
    for (const [k, one] of vectors.entries()) {
      for (const other of vectors.slice(k + 1)) turned = rotate(one, other) || turned;
    }
    if (!turned) break;
  }
  const values = Float64Array.from(vectors, (vector) => Math.sqrt(dot(vector, vector)))
    .sort()
    .reverse();
  const squares = Array.from(values, (value) => value * value);
  const energy = squares.reduce((sum, value) => sum + value, 0);
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = all.reduce((total, value) => total + value, 0) / all.length;
  const std = Math.sqrt(all.reduce((total, value) => total + (value - mean) ** 2, 0) / all.length);
  const edge = std * (Math.sqrt(rows) + Math.sqrt(cols));
  let held = 0;
  const names = own.shape.map((_, axis) => own.axes[axis] || `axis ${axis}`);
  const reply: Spectrum = {
    kind: "Spectrum",
    path: own.path,
    matrix: `${names.slice(0, -1).join("·")} × ${names.at(-1)}`,
    rows,
    cols,
    edge,
    condition: sum === 0 ? "NaN" : values.at(-1) ? (values[0] ?? 0) / (values.at(-1) ?? 1) : "Infinity",
    stable_rank: sum === 0 ? 0 : energy / (squares[0] ?? 1),
    effective_rank:
      sum === 0
        ? 0
        : Math.exp(
            -values.reduce((total, value) => total + (value > 0 ? (value / sum) * Math.log(value / sum) : 0), 0),
          ),
    energetic:
      squares.findIndex((value) => {
        held += value;
        return held >= 0.9 * energy && energy > 0;
      }) + 1,
    above: values.filter((value) => value > edge).length,
  };
  return [reply, [values.buffer]];
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += (one[i] ?? 0) * (other[i] ?? 0);
  return sum;
}

/** Turns two vectors in their plane until they are at a right angle; false if they were. */
function rotate(one: Float64Array, other: Float64Array): boolean {
  const [a, b, c] = [dot(one, one), dot(other, other), dot(one, other)];
  if (Math.abs(c) <= 1e-12 * Math.sqrt(a * b)) return false;
  const zeta = (b - a) / (2 * c);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cos = 1 / Math.sqrt(1 + t * t);
  for (let i = 0; i < one.length; i += 1) {
    const [x, y] = [one[i] ?? 0, other[i] ?? 0];
    one[i] = cos * (x - t * y);
    other[i] = cos * (t * x + y);
  }
  return true;
}
