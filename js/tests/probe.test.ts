/** The probe strip: what each probe gave, how it stands, and how it moved. */

import { waitFor } from "@testing-library/dom";
import { describe, expect, test, vi } from "vitest";
import { deltaOf, headlineText, spokenOf } from "../src/probe/score";
import type { ProbeState } from "../src/protocol";
import { digits } from "./datasets";
import { axisOf, open, press, sent, type, type View } from "./harness";
import { DEMO } from "./mock-demo";
import { STATE } from "./mock-probe";

const panel = (page: View, name: string | RegExp): Promise<HTMLElement> => page.find("group", name);

function show(state: Partial<ProbeState>, parts: ArrayBuffer[] = []): View {
  const page = open(digits);
  page.model.push({ kind: "Probed", items: [{ ...STATE, ...state }] }, parts);
  return page;
}

describe("without probes", () => {
  test("there is no strip, no question, and no what-if", async () => {
    const page = open(digits);
    await sent(page.model, "GetCells");
    expect(page.query("region", "Probe")).toBeNull();
    expect(page.query("button", "What-if")).toBeNull();
    expect(page.model.kinds()).not.toContain("GetProbes");
  });
});

describe("a probe", () => {
  test("that ran shows its number, how it moved, and the history", async () => {
    const text = (await panel(show({}), "accuracy")).textContent;
    expect(text).toContain("live · 41 ms");
    expect(text).toContain("91.2%");
    expect(text).toContain("▼ 5.5");
    expect(text).toContain("was 96.7%");
    expect(text).toContain("History · 3 runs");
  });

  test("of what is tried out has its last step dashed, with a ring", async () => {
    const own = await panel(show({ trial: true, headline: 0.8 }), "accuracy");
    expect(own.textContent).toContain("+ preview");
    expect(own.querySelectorAll(".line.new")).toHaveLength(1);
    expect(own.querySelectorAll("circle.here")).toHaveLength(1);
    expect(own.querySelectorAll("circle.dot")).toHaveLength(3);
  });

  test.each([
    [
      [-1.98e6, 4.94e6],
      ["4.94e6", "−1.98e6"],
    ],
    [[-0.9915], ["−0.9915"]],
    [
      [-1.2e-9, -1.1e-9],
      ["−1.1e−9", "−1.2e−9"],
    ],
    [
      [0.99991, 0.99992],
      ["0.99992", "0.99991"],
    ],
    [
      [123_456_789, 3],
      ["1.23e8", "3"],
    ],
  ])("that went along %j has whole labels at its history", async (values, labels) => {
    const series = values.map((value, entry): [number, number] => [entry, value]);
    const own = await panel(show({ name: "loss", series }), "loss");
    const axis = axisOf(own);
    expect(axis.map(({ text }) => text)).toEqual(labels);
    for (const { room, least } of axis) expect(room).toBeGreaterThanOrEqual(least);
  });

  test("that gave no number on the way has a gap with a mark there", async () => {
    const series: ProbeState["series"] = [
      [0, 1],
      [1, "NaN"],
      [2, 2],
      [3, "Infinity"],
    ];
    const own = await panel(show({ name: "loss", series }), "loss");
    expect([...own.querySelectorAll(".none title")].map((each) => each.textContent)).toEqual([
      "edit 1: NaN",
      "edit 3: +Inf",
    ]);
    expect(own.querySelectorAll("circle.dot")).toHaveLength(2);
    expect(own.querySelector(".line")?.getAttribute("d")?.match(/M/g)).toHaveLength(2);
    expect([...own.querySelectorAll("[text-anchor=middle]")].map((each) => each.textContent)).toEqual([
      "0",
      "1",
      "2",
      "3",
    ]);
  });

  test("that runs keeps its last number and can be stopped", async () => {
    const page = show({ status: "running" });
    expect((await panel(page, "accuracy")).textContent).toContain("91.2%");
    (await page.find("button", "Stop")).click();
    await sent(page.model, "StopProbes");
  });

  test("that is behind runs on demand", async () => {
    const page = show({ status: "stale", seconds: 8.2 });
    expect((await panel(page, "accuracy")).className).toContain("stale");
    (await page.find("button", "Run")).click();
    expect(await sent(page.model, "RunProbes")).toEqual({ kind: "RunProbes", names: ["accuracy"] });
  });

  test("that failed says why, with its traceback folded away", async () => {
    const page = show({ status: "failed", error: "ValueError: NaN in output.", trace: "line 2, in accuracy" });
    const own = await panel(page, "accuracy");
    expect(own.textContent).toContain("ValueError: NaN in output.");
    expect(own.querySelector("details")?.open).toBe(false);
    expect(own.querySelector("details pre")?.textContent).toBe("line 2, in accuracy");
    expect(own.querySelector(".pw-now")).toBeNull();
  });

  test("that failed stands first", async () => {
    const page = open(digits, { probes: DEMO });
    await page.find("img", /^confusion/); // all were told
    page.model.push({ kind: "Probed", items: [{ ...STATE, name: "loss", status: "failed", error: "No data." }] });
    await waitFor(() => expect(page.el.querySelector(".pw-pb")?.getAttribute("aria-label")).toBe("loss"));
  });

  test("says that the kernel is gone, and does not run", async () => {
    const page = show({ status: "stale" });
    await panel(page, "accuracy");
    page.model.push({ kind: "Ended", text: "The editor was closed." });
    await waitFor(async () => expect((await panel(page, "accuracy")).textContent).toContain("kernel gone"));
    const run = await page.find("button", "Run");
    expect(run.getAttribute("aria-disabled")).toBe("true");
    run.click();
    expect(page.model.kinds()).not.toContain("RunProbes");
  });

  test("that gave numbers shows those of the state before", async () => {
    const outcome = { kind: "Scores", names: ["cat", "dog"], values: [0.5, 1.5] } as const;
    const before = { kind: "Scores", names: ["cat", "dog"], values: [0.25, 1.5] } as const;
    const own = await panel(
      show({ headline: null, outcome: structuredClone(outcome) as never, before: structuredClone(before) as never }),
      "accuracy",
    );
    const said = [...own.querySelectorAll("[role=listitem]")].map((each) => each.getAttribute("aria-label"));
    expect(said).toEqual(["cat: 0.5000, was 0.2500", "dog: 1.500, was 1.500"]); // not all are shares
    expect(own.querySelectorAll("u")).toHaveLength(2);
  });

  test("that gave a few numbers shows each in words, with its name and how it moved", async () => {
    const names = ["0, 0", "0, 1", "1, 0", "1, 1"];
    const page = show({
      name: "sum of the output",
      headline: -0.5,
      outcome: { kind: "Scores", names, values: [-0.5, "NaN", 0.25, 12] },
      before: { kind: "Scores", names, values: [-0.5, 1, 0.5, "Infinity"] },
    });
    const own = await panel(page, "sum of the output");
    const items = [...own.querySelectorAll("[role=listitem]")];
    expect(items.map((each) => [...each.children].map((part) => part.textContent))).toEqual([
      ["0, 0", "−0.5000", "± 0"],
      ["0, 1", "NaN", "was 1"],
      ["1, 0", "0.2500", "▼ 0.2500"],
      ["1, 1", "12", "was +Inf"],
    ]);
    expect(items[2]?.getAttribute("title")).toBe("1, 0: 0.2500, was 0.5000");
    expect(own.querySelector(".pw-bars")).toBeNull();
  });

  test.each([
    [{ kind: "Words", text: "<b>fine</b>" } as const, "pre", "<b>fine</b>"],
    [{ kind: "Scores", names: ["cat", "dog"], values: [0.5, 0.75] } as const, "[role=list]", "catdog"],
  ])("that gave %o shows it", async (outcome, selector, text) => {
    const own = await panel(
      show({ headline: null, outcome: structuredClone(outcome) as ProbeState["outcome"] }),
      "accuracy",
    );
    expect(own.querySelector(selector)?.textContent).toBe(text);
  });

  test("that gave markup shows it in a frame that runs nothing", async () => {
    const own = await panel(show({ outcome: { kind: "Markup", html: "<table></table>" } }), "accuracy");
    const frame = own.querySelector("iframe");
    expect(frame?.getAttribute("sandbox")).toBe("");
    expect(frame?.getAttribute("srcdoc")).toBe("<table></table>");
  });

  test("that gave a matrix gets the buffer that its outcome names", async () => {
    const drawn = vi.spyOn(HTMLCanvasElement.prototype, "getContext");
    const page = show({ headline: null, series: [], outcome: { kind: "Grid", rows: 2, cols: 2, buffer: 1 } }, [
      Float32Array.of(9).buffer,
      Float32Array.of(1, -2, Number.NaN, 0.5).buffer,
    ]);
    await page.find("img", "accuracy: 2 by 2 values, up to ±2.000");
    expect(drawn).toHaveBeenCalled();
    drawn.mockRestore();
  });

  test("that gave a picture shows it, and lets go of it", async () => {
    const make = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:1");
    const drop = vi.spyOn(URL, "revokeObjectURL");
    const page = show({ headline: null, outcome: { kind: "Picture", mime: "image/png", buffer: 0 } }, [
      Uint8Array.of(137, 80).buffer,
    ]);
    await waitFor(() => expect(page.el.querySelector("img")?.getAttribute("src")).toBe("blob:1"));
    expect((make.mock.lastCall as [Blob])[0].type).toBe("image/png");
    page.model.push({ kind: "Probed", items: [{ ...STATE, outcome: null }] });
    await waitFor(() => expect(drop).toHaveBeenCalledWith("blob:1"));
    make.mockRestore();
    drop.mockRestore();
  });
});

describe("probes", () => {
  test("are named at first paint, and asked for once", async () => {
    const page = open(digits, { probes: DEMO });
    await panel(page, "confusion");
    await page.find("img", /^confusion: 10 by 10/);
    expect(page.model.kinds().filter((kind) => kind === "GetProbes")).toHaveLength(1);
  });

  test("run by themselves after a change: quick ones are fresh, slow ones behind", async () => {
    const page = open(digits, { probes: DEMO });
    (await page.find("radio", "Tensor")).click();
    type(await page.find("textbox", "Value"), "0");
    (await page.find("button", /Apply/)).click();
    await waitFor(async () => expect((await panel(page, "accuracy")).textContent).toMatch(/66\.7%.*▼ 30\.0/));
    expect((await panel(page, "loss")).textContent).toContain("behind");
    const bars = (await panel(page, "per class accuracy")).querySelectorAll("[role=listitem]");
    expect(bars).toHaveLength(10);
    expect(bars[0]?.getAttribute("aria-label")).toMatch(/^0: 92\.0%, was 98\.0%$/);
  });

  test("all run by P", async () => {
    const page = open(digits, { probes: DEMO });
    press(page.el.querySelector(".pw-main") as Element, "p");
    expect(await sent(page.model, "RunProbes")).toEqual({ kind: "RunProbes", names: [] });
  });

  test("say their result once it is settled", async () => {
    vi.useFakeTimers();
    const page = open(digits, { probes: { accuracy: DEMO.accuracy } });
    await vi.advanceTimersByTimeAsync(2000);
    const said = page.query("status", "Probe result");
    expect(said?.textContent).toBe("");
    for (const headline of [0.95, 0.93, 0.912]) {
      page.model.push({ kind: "Probed", items: [{ ...STATE, headline }] });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(said?.textContent).toBe("");
    await vi.advanceTimersByTimeAsync(1000);
    expect(said?.textContent).toBe("accuracy 91.2%, down 5.5");
    vi.useRealTimers();
  });
});

describe("a number", () => {
  test.each([
    ["accuracy", 0.912, "91.2%"],
    ["val_acc", 1, "100.0%"],
    ["accuracy", 91.2, "91.20"],
    ["loss", 0.25, "0.2500"],
  ])("of %s, %f, is %s", (name, value, text) => {
    expect(headlineText(name, value)).toBe(text);
  });

  test.each([
    [{}, { sign: -1, text: "5.5" }],
    [{ was: 0.9121 }, { sign: 0, text: "0.0" }],
    [
      { name: "loss", headline: 0.5, was: 0.25 },
      { sign: 1, text: "0.2500" },
    ],
    [{ was: null }, null],
    [{ headline: "NaN" as const }, null],
  ])("with %o moved by %o", (change, delta) => {
    expect(deltaOf({ ...STATE, ...change })).toEqual(delta);
  });

  test("that is missing is not read aloud, and a failure is", () => {
    expect(spokenOf({ ...STATE, headline: null })).toBe("");
    expect(spokenOf({ ...STATE, status: "failed", error: "No data." })).toBe("accuracy failed: No data.");
  });
});
