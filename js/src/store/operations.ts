/** What can be done to values: each operation with its fields, where its slider runs, and when it is complete. Pure. */

import type { Operation } from "../protocol";
import { axis, choice, type Kind, number, type Options, outputs, positive, read, SEED, track } from "./fields";

const FORMS: Options = [
  ["normal", "normal"],
  ["uniform", "uniform"],
];
const PRUNE_BY: Options = [
  ["threshold", "|w| below"],
  ["smallest", "smallest %"],
  ["each", "% per slice"],
  ["whole", "% of slices"],
];
const TYPES: Options = ["int8", "int4", "float8_e4m3fn", "float8_e5m2"].map((name) => [name, name]);
const GROUPS: Options = [
  ["tensor", "per tensor"],
  ["channel", "per channel"],
  ["group", "per group"],
];
const NORMS: Options = [
  ["l2", "L2 norm 1"],
  ["l1", "L1 norm 1"],
  ["max", "max |w| 1"],
  ["standard", "mean 0, std 1"],
];

/** `std=0.02, mean=0`; what cannot be read is NaN. */
function optionsOf(text: string): Record<string, number> {
  const pairs = text.split(",").filter((part) => part.trim());
  return Object.fromEntries(
    pairs.map((part) => {
      const [key = "", value] = part.split("=");
      return [key.trim(), read(value)];
    }),
  );
}

export const KINDS = {
  Fill: {
    name: "Set",
    live: false,
    sweeps: "value",
    start: () => ({ text: "" }),
    fields: () => [number("text", "Value")],
    build: ({ text = "" }) => (text.trim() ? { type: "Fill", text } : null),
  },
  Scale: {
    name: "Scale ×",
    live: true,
    sweeps: "factor",
    start: () => ({ factor: "1" }),
    fields: () => [number("factor", "Factor")],
    track: track("factor", 0, 2, 1),
    build: ({ factor }) => (read(factor) === 1 ? null : { type: "Scale", factor: read(factor) }),
  },
  Add: {
    name: "Add +",
    live: true,
    start: () => ({ amount: "0" }),
    fields: () => [number("amount", "Amount")],
    track: (fields, { domain }) => track("amount", -positive(domain, 1), positive(domain, 1), 0)(fields),
    build: ({ amount }) => (read(amount) === 0 ? null : { type: "Add", amount: read(amount) }),
  },
  Clip: {
    name: "Clip to ±",
    live: true,
    start: () => ({ limit: "" }),
    fields: () => [number("limit", "Limit")],
    track: (fields, { domain }) => track("limit", 0, positive(domain, 1), positive(domain, 1))(fields),
    build({ limit = "" }) {
      const high = read(limit);
      return limit.trim() ? { type: "Clip", low: high === 0 ? 0 : -high, high } : null;
    },
  },
  Zero: {
    name: "Zero",
    live: true,
    ready: true,
    says: "sets every value in the scope to 0",
    start: () => ({}),
    fields: () => [],
    build: () => ({ type: "Zero" }),
  },
  Noise: {
    name: "Noise σ",
    live: true,
    start: () => ({ amount: "0", shape: "normal", seed: "0" }),
    fields: () => [number("amount", "Amount"), choice("shape", "Distribution", FORMS), SEED],
    track: (fields, { std }) => track("amount", 0, positive(std, 1), 0)(fields),
    build: ({ amount, shape, seed }) =>
      read(amount) === 0
        ? null
        : { type: "Noise", amount: read(amount), shape: shape as "normal" | "uniform", seed: read(seed) },
  },
  Prune: {
    name: "Prune",
    live: true,
    start: (facts) => ({ by: "threshold", amount: "0", axis: outputs(facts) }),
    fields: ({ by }, facts) => [
      choice("by", "Prune by", PRUNE_BY),
      ...(by === "each" || by === "whole" ? [axis(facts)] : []),
      number("amount", by === "threshold" ? "Threshold" : "Percent"),
    ],
    track: (fields, { domain }) => track("amount", 0, fields.by === "threshold" ? positive(domain, 1) : 100, 0)(fields),
    build({ by, amount, axis: at }) {
      const value = read(amount);
      if (value === 0) return null;
      if (by === "threshold") return { type: "Prune", threshold: value };
      const fraction = value / 100;
      return by === "smallest"
        ? { type: "Prune", fraction }
        : { type: "Prune", fraction, axis: read(at), whole: by === "whole" };
    },
  },
  Initialize: {
    name: "Initialise",
    live: true,
    ready: true,
    start: ({ initializers }) => ({ name: initializers[0] ?? "", options: "", seed: "0" }),
    fields: (_, { initializers }) => [
      choice(
        "name",
        "Initialiser",
        initializers.map((name) => [name, name.replaceAll("_", " ").trim()]),
      ),
      { key: "options", label: "Options, as in option=value", as: "text" },
      SEED,
    ],
    build({ name = "", options = "", seed }) {
      const operation = { type: "Initialize" as const, name, seed: read(seed) };
      return options.trim() ? { ...operation, options: optionsOf(options) } : name ? operation : null;
    },
  },
  Quantize: {
    name: "Quantise",
    live: true,
    ready: true,
    start: (facts) => ({ to: "int8", per: "tensor", axis: outputs(facts), group: "128" }),
    fields: ({ per }, facts) => [
      choice("to", "Type", TYPES),
      choice("per", "Scales", GROUPS),
      ...(per === "tensor" ? [] : [axis(facts)]),
      ...(per === "group" ? [number("group", "Group size")] : []),
    ],
    build({ to, per, axis: at, group }) {
      const base = { type: "Quantize", to, per } as Extract<Operation, { type: "Quantize" }>;
      if (per === "tensor") return base;
      return per === "group" ? { ...base, axis: read(at), group: read(group) } : { ...base, axis: read(at) };
    },
  },
  Normalize: {
    name: "Normalise",
    live: true,
    ready: true,
    start: (facts) => ({ axis: outputs(facts), to: "l2" }),
    fields: (_, facts) => [axis(facts), choice("to", "Norm", NORMS)],
    build: ({ axis: at, to }) => ({ type: "Normalize", axis: read(at), to: to as "l2" }),
  },
  Swap: {
    name: "Swap",
    live: false,
    start: (facts) => ({ axis: outputs(facts), first: "0", second: "1" }),
    fields: (_, facts) => [axis(facts), number("first", "First"), number("second", "Second")],
    build: ({ axis: at, first, second }) =>
      read(first) === read(second) ? null : { type: "Swap", axis: read(at), first: read(first), second: read(second) },
  },
  Permute: {
    name: "Permute",
    live: false,
    start: (facts) => ({ axis: outputs(facts), order: "" }),
    fields: (_, facts) => [axis(facts), { key: "order", label: "Order, as in 2, 0, 1", as: "text" }],
    build({ axis: at, order = "" }) {
      const places = order.split(/[\s,]+/).filter(Boolean);
      return places.length > 0 ? { type: "Permute", axis: read(at), order: places.map(read) } : null;
    },
  },
  Copy: {
    name: "Copy from",
    live: false,
    start: () => ({ path: "", region: "", snapshot: "" }),
    fields: () => [
      { key: "path", label: "Tensor", as: "tensor" },
      { key: "region", label: "Its slice", as: "text" },
      { key: "snapshot", label: "State", as: "snapshot" },
    ],
    build: ({ path = "", region = "", snapshot = "" }) => (path ? { type: "Copy", path, region, snapshot } : null),
  },
  Compute: {
    name: "Expression",
    live: true,
    start: () => ({ text: "", seed: "0" }),
    fields: ({ text = "" }) => [
      { key: "text", label: "Expression, as in w * 0.5", as: "wide" },
      ...(/\brandn?\b/.test(text) ? [SEED] : []),
    ],
    build: ({ text = "", seed }) => (text.trim() ? { type: "Compute", text, seed: read(seed) } : null),
  },
} satisfies Record<Operation["type"], Kind>;

export function kindOf(type: Operation["type"]): Kind {
  return KINDS[type];
}
