/** The part of the mock kernel that holds a lesson: its goals are looked at after each change, as the kernel does. */

import type { Course, Goal, Standing } from "../src/protocol";
import { fail, type Handlers, type MockKernel, say } from "./mock";

export interface MockGoal {
  text: string;
  hints: string[];
  /** True, or what is missing. */
  check(kernel: MockKernel): true | string;
}

export interface MockLesson extends Partial<Pick<Course, "about" | "operations" | "typing" | "no_freezing">> {
  title: string;
  goals: readonly MockGoal[];
  /** Its checks run on demand only. */
  slow?: boolean;
}

interface Teaching {
  handlers: Handlers;
  course(): Course | null;
  /** The model has changed. */
  settle(): void;
}

const OPERATIONS = ["Fill", "Scale", "Add", "Zero", "Compute"];

export function teaching(kernel: MockKernel, lesson: MockLesson | undefined): Teaching {
  const given = lesson?.goals.map(() => 0) ?? [];
  let results: (true | string)[] = [];
  let status: Standing["status"] = "waiting";
  let trial = false;
  let number = 0;

  const standing = (): Standing => {
    const goals = (lesson?.goals ?? []).map(({ text, hints }, at): Goal => {
      const found = results[at];
      const count = given[at] ?? 0;
      const missing = typeof found === "string" ? found : "";
      return { text, met: found === true, missing, hints: hints.slice(0, count), left: hints.length - count };
    });
    const solved = goals.every((goal) => goal.met) && !trial;
    const rules = trial ? ["something is only tried out: keep it with Enter, or take it back with Esc"] : [];
    number += 1;
    return { number, status, solved, trial, changed: kernel.differing(), goals, rules };
  };
  const check = (): void => {
    results = lesson?.goals.map((goal) => goal.check(kernel)) ?? [];
    status = "fresh";
    trial = kernel.trial !== null;
  };
  const tell = (): void => kernel.push({ kind: "LessonChecked", standing: standing() });
  const later = (action: () => void): void => void setTimeout(action); // after the reply has arrived
  const checkLater = (): void =>
    later(() => {
      check();
      tell();
    });
  const none = () => fail("message", "There is no lesson on this model.");
  return {
    course: () =>
      lesson
        ? {
            title: lesson.title,
            about: lesson.about ?? "",
            operations: lesson.operations ?? OPERATIONS,
            typing: lesson.typing ?? true,
            no_freezing: lesson.no_freezing ?? "",
            standing: standing(),
          }
        : null,
    settle() {
      if (!lesson) return;
      if (lesson.slow) {
        status = "stale";
        tell();
      } else checkLater();
    },
    handlers: {
      GetLesson() {
        if (!lesson) throw none();
        if (status === "waiting") checkLater();
        return say({ kind: "LessonState", standing: standing() });
      },
      CheckLesson() {
        checkLater();
        return say({ kind: "Pong" });
      },
      GiveHint() {
        if (!lesson) throw none();
        const at = results.findIndex((found) => found !== true);
        const goal = lesson.goals[at];
        if (goal) given[at] = Math.min((given[at] ?? 0) + 1, goal.hints.length);
        later(tell);
        return say({ kind: "LessonState", standing: standing() });
      },
      StartOver() {
        const paths = kernel.undos.flatMap((entry) => entry.paths);
        while (kernel.undos.length > 0) {
          const entry = kernel.undos.pop();
          entry?.undo();
          if (entry) kernel.redos.push(entry);
        }
        given.fill(0);
        return say({ kind: "Done", label: "start over", remarks: [] }, [], kernel.changed(paths));
      },
    },
  };
}

function sums(kernel: MockKernel): number[] {
  const value = (path: string, at: number): number => kernel.valueAt(kernel.get(path), at);
  return [0, 1, 2, 3].map((input) => {
    const inputs = [input >> 1, input & 1];
    const fires = [0, 1].map((unit) =>
      Number(
        inputs.reduce((sum, x, at) => sum + x * value("hidden/weights", at * 2 + unit), value("hidden/bias", unit)) > 0,
      ),
    );
    return fires.reduce((sum, on, unit) => sum + on * value("output/weights", unit), value("output/bias", 0));
  });
}

/** The XOR lesson of the kernel, for the dataset `xor`. */
export const XOR: MockLesson = {
  title: "XOR with three values",
  about: "Two inputs, two hidden units, one output. A unit fires if its sum is above 0. Now both hidden units say OR.",
  operations: ["Fill", "Scale", "Add"],
  no_freezing: "this lesson is about values, so nothing is frozen or unfrozen in it",
  goals: [
    {
      text: "All four answers are right",
      hints: ["Three of four answers are right already.", "What could the second unit say?"],
      check(kernel) {
        const wrong = sums(kernel).findIndex((sum, input) => sum > 0 !== (input === 1 || input === 2));
        return wrong < 0 || `for ${wrong >> 1} and ${wrong & 1} the output is wrong`;
      },
    },
    {
      text: "At most 3 cells differ from the start",
      hints: [],
      check: (kernel) => kernel.differing() <= 3 || `${kernel.differing()} cells differ from the start`,
    },
  ],
};
