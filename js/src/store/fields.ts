/** What operations are typed into: fields as texts, how they are read, and where a slider on one runs. Pure. */

import { axisName } from "../plane";
import type { Operation } from "../protocol";

/** What the fields depend on: the tensor on the screen, and names that the kernel told. */
export interface Facts {
  path: string;
  shape: readonly number[];
  axes: readonly string[];
  std: number;
  domain: number;
  initializers: readonly string[];
}

export type Fields = Readonly<Record<string, string>>;
export type Options = readonly (readonly [value: string, label: string])[];

export interface Field {
  key: string;
  label: string;
  as: "number" | "text" | "wide" | "seed" | "choice" | "tensor" | "snapshot";
  options?: Options;
}

/** Where a slider runs; it fills from `neutral`. */
export interface Track {
  key: string;
  low: number;
  high: number;
  neutral: number;
}

export interface Kind {
  name: string;
  /** Tried out as it is changed; else it acts when it is applied. */
  live: boolean;
  /** Complete, and so tried out, as it is chosen. */
  ready?: boolean;
  says?: string;
  /** What a probe can be asked over a range of. */
  sweeps?: "value" | "factor";
  start(facts: Facts): Fields;
  fields(fields: Fields, facts: Facts): readonly Field[];
  track?(fields: Fields, facts: Facts): Track;
  /** The operation; null where it would change nothing. A number that cannot be read is NaN. */
  build(fields: Fields): Operation | null;
}

export function read(text = ""): number {
  const plain = text.replaceAll("−", "-").trim();
  return plain === "" ? Number.NaN : Number(plain);
}

export const number = (key: string, label: string): Field => ({ key, label, as: "number" });
export const SEED: Field = { key: "seed", label: "Seed", as: "seed" };
export const choice = (key: string, label: string, options: Options): Field => ({ key, label, as: "choice", options });

export function axis(facts: Facts): Field {
  return choice(
    "axis",
    "Axis",
    facts.shape.map((size, at) => [String(at), `${axisName(facts.axes, at)} ${size}`]),
  );
}

export function outputs({ axes }: Facts): string {
  return String(Math.max(0, axes.indexOf("out")));
}

/** A slider on a field, long enough for what is typed there. */
export function track(key: string, low: number, high: number, neutral: number) {
  return (fields: Fields): Track => {
    const typed = read(fields[key]);
    return { key, neutral, low: Math.min(low, typed || low), high: Math.max(high, typed || high) };
  };
}

export const positive = (value: number, otherwise: number): number =>
  value > 0 && Number.isFinite(value) ? value : otherwise;

/** Why the fields cannot be read, as one sentence; empty if they can. */
export function refusal(operation: Operation | null): string {
  const unfit = (value: unknown): boolean => typeof value === "number" && !Number.isFinite(value);
  const bad = Object.entries(operation ?? {}).find(([, value]) =>
    (typeof value === "object" && value ? Object.values(value) : [value]).some(unfit),
  );
  if (!bad) return "";
  if (bad[0] === "options") return "Type options as in std=0.02.";
  return bad[0] === "order" ? "Type whole numbers, as in 2, 0, 1." : "Type a number.";
}
