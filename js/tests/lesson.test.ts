import { waitFor } from "@testing-library/dom";
import { describe, expect, test, vi } from "vitest";
import { digits, xor } from "./datasets";
import { open, press, sent, type, type View, view, watchKeyboard } from "./harness";
import { type MockLesson, XOR } from "./mock-lesson";

const lesson = (page: View): HTMLElement => page.el.querySelector(".pw-lesson") as HTMLElement;
const goals = (page: View): (string | null)[] =>
  [...lesson(page).querySelectorAll("li")].map((goal) => goal.textContent);
const score = (page: View): string | null | undefined => lesson(page).querySelector(".sd")?.textContent;
const foot = (page: View): string | null | undefined => lesson(page).querySelector(".ft .mut")?.textContent;

async function begun(options: Partial<MockLesson> = {}): Promise<View> {
  const page = open(xor, { lesson: { ...XOR, ...options } });
  await waitFor(() => expect(score(page)).toBe("1 of 2 reached"));
  return page;
}

function apply(page: View, what: string, region: string, text: string): void {
  void page.channel.request({ kind: "Apply", target: { what, region }, operation: { type: "Fill", text } });
}

function solve(page: View): void {
  apply(page, "hidden/bias", "[1]", "-1.5");
  apply(page, "output/weights", "[1]", "-1");
}

describe("the goals", () => {
  test("are not there without a lesson", async () => {
    const page = open(digits);
    await page.find("tree", "Layer tree");
    expect(lesson(page)).toBeNull();
    expect(page.model.kinds()).not.toContain("GetLesson");
    expect(page.el.querySelector("optgroup")).toBeNull();
  });

  test("are named before they are checked, and then say what is missing", async () => {
    const page = open(xor, { lesson: XOR, latency: 5 });
    expect(score(page)).toBe("not checked yet");
    expect(lesson(page).querySelector(".about")?.textContent).toBe(XOR.about);
    expect(goals(page)).toEqual([
      "Not checked: All four answers are right",
      "Not checked: At most 3 cells differ from the start",
    ]);
    await waitFor(() =>
      expect(goals(page)).toEqual([
        "Not yet: All four answers are rightFor 1 and 1 the output is wrong",
        "Reached: At most 3 cells differ from the start",
      ]),
    );
    expect(foot(page)).toBe("No cell changed");
  });

  test("follow the model, and count the cells that were changed", async () => {
    const page = await begun();
    apply(page, "hidden/bias", "[1]", "-1.5");
    await waitFor(() => expect(foot(page)).toBe("1 cell changed"));
    expect(score(page)).toBe("1 of 2 reached");
    apply(page, "output/weights", "[1]", "-1");
    await waitFor(() => expect(score(page)).toBe("Solved"));
    expect(lesson(page).classList).toContain("solved");
    expect(foot(page)).toBe("2 cells changed");
    expect(goals(page)[0]).toBe("Reached: All four answers are right");
  });

  test("that are reached are said aloud once they stay, and not at the first look", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const page = await begun();
    const status = await page.find("status", "Goals");
    (await page.find("button", "Hint")).click();
    await waitFor(() => expect(lesson(page).querySelector(".tip")).not.toBeNull());
    expect(timers.mock.calls.filter(([, delay]) => delay === 600)).toEqual([]); // which is when it would be said
    timers.mockRestore();
    solve(page);
    await waitFor(() => expect(score(page)).toBe("Solved"));
    expect(status.textContent).toBe("");
    await waitFor(() => expect(status.textContent).toBe("Solved: XOR with three values"), { timeout: 2000 });
  });

  test("stay as they are when an older standing arrives late", async () => {
    const page = await begun();
    const { reply } = await page.channel.request({ kind: "GetLesson" });
    if (reply.kind !== "LessonState") throw new Error("no standing");
    const older = { ...reply.standing, status: "checking" } as const;
    solve(page);
    await waitFor(() => expect(score(page)).toBe("Solved"));
    page.model.push({ kind: "LessonChecked", standing: older });
    const { header } = page.channel.opening.tree;
    page.model.push({ kind: "Changed", paths: [], flags: [], header: { ...header, title: "XOR with three values" } });
    await waitFor(() => expect(lesson(page).querySelector(".hd b")?.textContent).toBe("Goals")); // what came last is drawn
    expect(score(page)).toBe("Solved");
    page.model.push({ kind: "LessonChecked", standing: { ...older, number: 1000 } });
    await page.find("button", "Stop");
  });

  test("that cannot be asked for are not said to be a hint", async () => {
    const page = open(xor, { lesson: XOR, latency: 5 });
    page.model.failNext("GetLesson", { code: "message", text: "There is no lesson on this model." });
    await waitFor(() =>
      expect(page.el.querySelector("[role=alert]")?.textContent).toContain("The goals may be out of date"),
    );
  });

  test("are not reached by what is only tried out", async () => {
    const page = await begun();
    solve(page);
    await waitFor(() => expect(score(page)).toBe("Solved"));
    const request = { kind: "TryOut", target: { what: "output/weights" }, owner: 7 } as const;
    void page.channel.request({ ...request, operation: { type: "Scale", factor: 1.5 } });
    await waitFor(() => expect(lesson(page).classList).toContain("trial"));
    expect(lesson(page).querySelector(".rule")?.textContent).toMatch(/^Something is only tried out/);
    expect(score(page)).toBe("2 of 2 reached");
    void page.channel.request({ kind: "DropTrial", owner: 7 });
    await waitFor(() => expect(score(page)).toBe("Solved"));
  });

  test("whose checks are slow are checked on demand", async () => {
    const page = await begun({ slow: true });
    expect(page.query("button", "Check")).toBeNull();
    solve(page);
    await waitFor(() => expect(score(page)).toBe("the model has changed since"));
    (await page.find("button", "Check")).click();
    await waitFor(() => expect(score(page)).toBe("Solved"));
    expect(page.query("button", "Check")).toBeNull();
  });

  test("that are being checked can be stopped", async () => {
    const page = await begun();
    const standing = {
      number: 1000,
      status: "checking",
      solved: false,
      trial: false,
      changed: 0,
      goals: [],
      rules: [],
    } as const;
    page.model.push({ kind: "LessonChecked", standing: { ...standing, goals: [], rules: [] } });
    (await page.find("button", "Stop")).click();
    await sent(page.model, "StopProbes");
    expect(score(page)).toBe("checking …");
  });

  test("stand under the title of the lesson, if that is not the name of the model", async () => {
    const page = await begun();
    expect(lesson(page).querySelector(".hd b")?.textContent).toBe("XOR with three values");
    const { header } = page.channel.opening.tree;
    page.model.push({ kind: "Changed", paths: [], flags: [], header: { ...header, title: "XOR with three values" } });
    await waitFor(() => expect(lesson(page).querySelector(".hd b")?.textContent).toBe("Goals"));
  });

  test("fold in the narrow layout", async () => {
    const page = await begun();
    const head = await page.find("button", /^Goals/);
    expect(head.getAttribute("aria-expanded")).toBe("true");
    expect(head.textContent).toBe("Goals1 of 2 reached");
    head.click();
    await waitFor(() => expect(lesson(page).classList).toContain("shut"));
  });
});

describe("hints", () => {
  test("come one after the other and end", async () => {
    const page = await begun();
    const button = await page.find("button", "Hint");
    expect(lesson(page).querySelector(".tip")).toBeNull();
    button.click();
    await waitFor(() =>
      expect(lesson(page).querySelector(".tip")?.textContent).toBe("Hint 1 Three of four answers are right already."),
    );
    button.click();
    await waitFor(() => expect(lesson(page).querySelector(".tip b")?.textContent).toBe("Hint 2"));
    expect(lesson(page).querySelectorAll("[aria-live=polite] .tip")).toHaveLength(1); // the goals below stay in sight
    expect(button.getAttribute("aria-disabled")).toBe("true");
    expect(button.title).toBe("That was the last hint for this goal");
    button.click();
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
    expect(page.model.kinds().filter((kind) => kind === "GiveHint")).toHaveLength(2);
  });

  test("go away with the goal that they helped to reach", async () => {
    const page = await begun();
    (await page.find("button", "Hint")).click();
    await waitFor(() => expect(lesson(page).querySelector(".tip")).not.toBeNull());
    solve(page);
    await waitFor(() => expect(score(page)).toBe("Solved"));
    expect(lesson(page).querySelector(".tip")).toBeNull();
    expect((await page.find("button", "Hint")).title).toBe("Every goal is reached");
  });

  test("reach every view of the lesson, and one that comes later", async () => {
    const page = await begun();
    const other = view(page.model, page.channel);
    (await page.find("button", "Hint")).click();
    await waitFor(() => expect(lesson(other).querySelectorAll(".tip")).toHaveLength(1));
    const later = view(page.model, page.channel);
    await waitFor(() => expect(lesson(later).querySelectorAll(".tip")).toHaveLength(1));
  });

  test("say so where there are none", async () => {
    const [goal] = XOR.goals;
    const page = await begun({ goals: [...(goal ? [{ ...goal, hints: [] }] : []), ...XOR.goals.slice(1)] });
    expect((await page.find("button", "Hint")).title).toBe("There are no hints for this goal");
  });
});

describe("starting again", () => {
  test("is not offered at the start", async () => {
    const page = await begun();
    const button = await page.find("button", "Start again");
    expect([button.getAttribute("aria-disabled"), button.title]).toEqual(["true", "This is the start"]);
    button.click();
    expect(page.query("button", "Cancel")).toBeNull();
  });

  test("asks first, and changes nothing when it is not wanted", async () => {
    const page = await begun();
    solve(page);
    await waitFor(() => expect(score(page)).toBe("Solved"));
    (await page.find("button", "Start again")).click();
    const cancel = await page.find("button", "Cancel");
    await waitFor(() => expect(document.activeElement).toBe(cancel));
    const lost = watchKeyboard(page);
    press(cancel, "Escape");
    await waitFor(() => expect(page.query("button", "Cancel")).toBeNull());
    expect(document.activeElement?.textContent).toBe("Start again");
    expect(lost()).toBe(false);
    expect(page.model.kinds()).not.toContain("StartOver");
  });

  test("brings the start back, without the hints", async () => {
    const page = await begun();
    (await page.find("button", "Hint")).click();
    apply(page, "hidden/bias", "[1]", "3");
    await waitFor(() => expect(foot(page)).toBe("1 cell changed"));
    (await page.find("button", "Start again")).click();
    await page.find("button", "Cancel");
    (await page.find("button", "Start again")).click();
    await sent(page.model, "StartOver");
    await waitFor(() => expect(foot(page)).toBe("No cell changed"));
    await waitFor(() => expect(lesson(page).querySelector(".tip")).toBeNull());
  });

  test("that is refused says why", async () => {
    const page = await begun();
    apply(page, "hidden/bias", "[1]", "3");
    await waitFor(() => expect(foot(page)).toBe("1 cell changed"));
    page.model.failNext("StartOver", { code: "region", text: "It has another shape." });
    (await page.find("button", "Start again")).click();
    await page.find("button", "Cancel");
    (await page.find("button", "Start again")).click();
    await waitFor(() => expect(page.el.querySelector("[role=alert]")?.textContent).toContain("another shape"));
  });
});

describe("what a lesson does not use", () => {
  test("cannot be chosen in the menu of operations, which says why", async () => {
    const page = await begun();
    const options = [...page.el.querySelectorAll<HTMLOptionElement>("select.op option")];
    const unused = options.filter((option) => option.disabled);
    expect(options.filter((option) => !option.disabled).map((option) => option.value)).toEqual([
      "Fill",
      "Scale",
      "Add",
    ]);
    expect(new Set(unused.map((option) => option.title))).toEqual(new Set(["This lesson does not use it"]));
    expect(unused.map((option) => option.closest("optgroup")?.label)).toContain("Not in this lesson");
    const menu = page.el.querySelector("select.op") as HTMLSelectElement;
    menu.value = "Noise";
    menu.dispatchEvent(new Event("change", { bubbles: true }));
    await new Promise((drawn) => requestAnimationFrame(drawn));
    expect(page.query("textbox", "Value")).not.toBeNull();
  });

  test("is not what the edit bar begins with", async () => {
    const page = await begun({ operations: ["Clip", "Scale"] });
    expect((page.el.querySelector("select.op") as HTMLSelectElement).value).toBe("Scale");
  });

  test("is all, so the edit bar says that", async () => {
    const page = await begun({ operations: [] });
    expect(page.el.querySelector(".pw-edit")?.textContent).toBe("This lesson does not use it");
  });

  test("is not typed into cells either", async () => {
    const page = await begun({ typing: false });
    press(page.el.querySelector(".pw") as Element, "2");
    await waitFor(() => expect(page.el.querySelector("[role=grid]")?.getAttribute("aria-readonly")).toBe("true"));
  });

  test("is freezing: the locks say why, and so does the key", async () => {
    const page = await begun();
    const reason = "This lesson is about values, so nothing is frozen or unfrozen in it.";
    const lock = (await page.find("checkbox", "Freeze hidden/bias")) as HTMLButtonElement;
    expect([lock.disabled, lock.title]).toEqual([true, reason]);
    const button = await page.find("button", "Trainable");
    expect([button.getAttribute("aria-disabled"), button.title]).toEqual(["true", reason]);
    press(await page.row(/^bias, 2,/), "f");
    await waitFor(() => expect(page.el.querySelector(".pw-toast")?.textContent).toContain(reason));
    expect(page.model.kinds()).not.toContain("SetTrainable");
  });

  test("is said of a locked tensor in its row and in its place", async () => {
    const page = await begun();
    (await page.row(/^weights, 2 by 2.*read-only/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-edit")?.textContent).toMatch(/^This lesson keeps it/));
  });
});

test("what is typed into the edit bar counts", async () => {
  const page = await begun();
  const field = await page.find("textbox", "Value");
  type(field, "3");
  const send = await page.find("button", /^Apply/);
  await waitFor(() => expect(send.getAttribute("aria-disabled")).toBe("false"));
  field.closest("form")?.requestSubmit();
  await waitFor(() => expect(foot(page)).toBe("1 cell changed"));
});

test("a lesson whose kernel is gone keeps its goals and offers nothing", async () => {
  const page = await begun();
  page.model.die();
  press(page.el.querySelector(".pw") as Element, "z", { ctrlKey: true });
  (await page.find("button", "Hint")).click();
  await waitFor(() => expect(lesson(page).classList).toContain("gone"));
  expect(goals(page)).toHaveLength(2);
  for (const name of ["Hint", "Start again"]) {
    const button = await page.find("button", name);
    expect([button.getAttribute("aria-disabled"), button.title]).toEqual([
      "true",
      "The kernel is gone. Run the cell again.",
    ]);
  }
});
