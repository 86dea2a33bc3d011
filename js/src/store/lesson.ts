/** The lesson on the model, if there is one: how its goals stand, its hints, the way back to its start, and what is not used in it. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { capital } from "../format";
import type { Course, LessonChecked, Operation, Standing } from "../protocol";
import type { Messages } from "./messages";
import type { Writer } from "./writer";

export interface LessonStore {
  readonly course: Course | null;
  readonly standing: ReadonlySignal<Standing | null>;
  /** Why nothing can be frozen; empty if it can. */
  readonly noFreezing: string;
  /** Whether values may be typed into cells. */
  readonly typing: boolean;
  /** Why the lesson has no use for operations of this type; empty if it has. */
  refusal(type: Operation["type"]): string;
  heard(event: Pick<LessonChecked, "standing">): void;
  check(): void;
  hint(): Promise<void>;
  startOver(): Promise<void>;
}

const UNUSED = "This lesson does not use it";

export function createLesson(channel: Channel, writer: Writer, messages: Messages): LessonStore {
  const course = channel.opening.lesson;
  const standing = signal(course?.standing ?? null);
  const heard: LessonStore["heard"] = (event) => {
    // a reply can arrive after the event of a check that ended since: it would say "checking" for ever
    if (event.standing.number >= (standing.peek()?.number ?? 0)) standing.value = event.standing;
  };
  const ask = async (kind: "GetLesson" | "GiveHint", failed: string): Promise<void> => {
    const { reply } = await channel.request({ kind });
    if (reply.kind === "LessonState") heard(reply);
    else messages.fail(failed, reply);
  };
  if (course) void ask("GetLesson", "The goals may be out of date"); // the opening may be older than the last check
  return {
    course,
    standing,
    noFreezing: course?.no_freezing ? `${capital(course.no_freezing)}.` : "",
    typing: course?.typing ?? true,
    refusal: (type) => (course && !course.operations.includes(type) ? UNUSED : ""),
    heard,
    check: () => void channel.request({ kind: "CheckLesson" }),
    hint: () => ask("GiveHint", "There is no hint"),
    async startOver() {
      const failure = await writer.write({ kind: "StartOver" });
      if (failure) messages.fail("The start was not brought back", failure);
    },
  };
}
