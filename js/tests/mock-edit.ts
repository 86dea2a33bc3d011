/** The part of the mock kernel that carries out operations, keeps them, or tries them out. */

import type { Operation, Target } from "../src/protocol";
import type { MockTensor } from "./datasets";
import {
  canonical,
  type Entry,
  fail,
  type Handlers,
  indexesOf,
  type MockKernel,
  matches,
  say,
  sizeOf,
  stored,
} from "./mock";

const FROZEN = "frozen for training only";

export function editing(kernel: MockKernel): Handlers {
  const meant = ({ what }: Target): MockTensor[] => {
    const one = kernel.tensors.get(what);
    if (one) return [one];
    return kernel.rows
      .filter((row) => row[7] !== "" && matches(row, what, kernel.valueAt, kernel.tensors as Map<string, MockTensor>))
      .map((row) => kernel.get(row[2]));
  };
  const cellsOf = (own: MockTensor, { region = "", where = "" }: Target): number[] => {
    const keep = conditionOf(where);
    return indexesOf(own, region || "[...]").filter((index) => keep(kernel.valueAt(own, index)));
  };
  const place = (target: Target): string => `${target.what}${target.region ? ` ${target.region}` : ""}`;
  const carried = (target: Target, operation: Operation): Entry => {
    const parts = meant(target).map((own) => {
      const indexes = cellsOf(own, target);
      const values = indexes.map((index) => operated(operation, kernel.valueAt(own, index), own));
      return kernel.entry(own.path, indexes, values, "");
    });
    return {
      label: `${labelOf(operation)} ${place(target)}`,
      paths: parts.flatMap((part) => part.paths),
      count: parts.reduce((sum, part) => sum + (part.count ?? 0), 0),
      redo: () => {
        for (const part of parts) part.redo();
      },
      undo: () => {
        for (const part of parts) part.undo();
      },
    };
  };
  const drop = (): string[] => {
    const { trial } = kernel;
    kernel.trial = null;
    trial?.undo();
    return trial?.paths ?? [];
  };
  return {
    Foresee({ target, operation }) {
      const tensors = meant(target);
      const frozen = tensors.filter((own) => own.trainable === false).length;
      if (operation) for (const own of tensors) operated(operation, 0, own);
      return say({
        kind: "Foreseen",
        region: tensors.length === 1 && tensors[0] ? canonical(tensors[0], target.region || "[...]") : "",
        tensors: tensors.length,
        count: tensors.reduce((sum, own) => sum + cellsOf(own, target).length, 0),
        size: tensors.reduce((sum, own) => sum + sizeOf(own), 0),
        note: [
          operation?.type === "Initialize" ? `σ = √(2 / 1568) = 0.0357, seed ${operation.seed ?? 0}` : "",
          frozen === 0 ? "" : frozen === tensors.length ? FROZEN : `${frozen} of them ${FROZEN}`,
        ]
          .filter(Boolean)
          .join("; "),
      });
    },
    Apply({ target, operation }) {
      const before = drop();
      const entry = carried(target, operation);
      kernel.record(entry);
      return say({ kind: "Done", label: entry.label, remarks: [] }, [], kernel.changed([...before, ...entry.paths]));
    },
    TryOut({ target, operation, owner }) {
      const before = drop();
      const entry = carried(target, operation);
      entry.redo();
      kernel.trial = { ...entry, owner };
      const changed = kernel.changed([...new Set([...before, ...entry.paths])], { trial: true });
      return say({ kind: "Tried", label: entry.label }, [], changed);
    },
    HoldTrial: () => say({ kind: "Pong" }),
    KeepTrial({ owner }) {
      const { trial } = kernel;
      if (trial?.owner !== owner) throw fail("nothing", "Nothing is tried out.");
      kernel.trial = null;
      trial.undo();
      kernel.record(trial);
      return say({ kind: "Done", label: trial.label, remarks: [] }, [], kernel.changed(trial.paths));
    },
    DropTrial({ owner = 0, leave = false }) {
      const { trial } = kernel;
      const meets = trial !== null && [0, trial.owner].includes(owner);
      if (meets && leave) kernel.trial = null; // here nothing but the trial has written
      const paths = meets ? (leave ? trial.paths : drop()) : [];
      return say({ kind: "Done", label: "", remarks: [] }, [], paths.length > 0 ? kernel.changed(paths) : null);
    },
  };
}

const FORM = /^(?:(\S+) <= )?(\|w\||w) (<=|<|>) (\S+)$/;

/** The conditions that the histogram sets, and `|w| > x`. */
function conditionOf(where: string): (value: number) => boolean {
  if (!where.trim()) return () => true;
  const found = FORM.exec(where.trim());
  const [low, high] = [Number(found?.[1] ?? Number.NEGATIVE_INFINITY), Number(found?.[4])];
  if (!found || Number.isNaN(low) || Number.isNaN(high)) {
    throw fail("expression", `at character 1: '${where}' is not a condition; write one such as |w| < 0.01`);
  }
  return (value) => {
    const size = found[2] === "w" ? value : Math.abs(value);
    return found[3] === ">" ? size > high : size >= low && (found[3] === "<" ? size < high : size <= high);
  };
}

function labelOf(operation: Operation): string {
  switch (operation.type) {
    case "Fill":
      return `set to ${operation.text} in`;
    case "Scale":
      return `scale × ${operation.factor}`;
    default:
      return operation.type.toLowerCase();
  }
}

function operated(operation: Operation, value: number, own: MockTensor): number {
  switch (operation.type) {
    case "Fill":
      return Number(stored(operation.text, own.dtype).text);
    case "Zero":
      return 0;
    case "Scale":
      return value * operation.factor;
    case "Add":
      return value + operation.amount;
    case "Clip":
      return Math.max(operation.low, Math.min(operation.high, value));
    case "Prune":
      return Math.abs(value) < (operation.threshold ?? 0) ? 0 : value;
    case "Compute": {
      const at = operation.text.search(/[^-+*/ ().\dw]/);
      if (at >= 0)
        throw fail("expression", `at character ${at + 1}: '${operation.text[at]}' is not a name of the language`);
      return value * 0.5;
    }
    default:
      return value * 0.9;
  }
}
