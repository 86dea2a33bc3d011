import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import type { Operation, Request } from "../src/protocol";
import { digits } from "./datasets";
import { open, press, sent, type, type View } from "./harness";

let lastId = 2e6;
async function done(page: View, ...requests: Request[]): Promise<void> {
  for (const request of requests) {
    lastId += 1;
    page.model.send({ id: lastId, request });
    await Promise.resolve();
  }
}

function add(what: string, region: string, amount = 0.25): Request {
  const operation: Operation = { type: "Add", amount };
  return { kind: "Apply", target: { what, region }, operation };
}

/** The comparison of the model as it was opened with what it is. */
async function compared(...requests: Request[]): Promise<View> {
  const page = open(digits);
  await done(page, ...requests);
  (await page.find("button", "Snapshots")).click();
  (await page.find("button", "Use start as A")).click();
  (await page.find("button", /^Compare A with B/)).click();
  await page.find("region", "Compare");
  return page;
}

const read = (page: View): string => page.el.querySelector(".pw-read")?.textContent ?? "";
const picture = (page: View, label: string): Promise<HTMLElement> => page.find("img", new RegExp(`^${label} of`));
const pairs = (page: View) => page.model.requests.filter((each) => each.kind === "GetPair");

describe("the comparison", () => {
  test("lists the tensors that differ, the largest first, and opens the one on the screen", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, 3]"), add("logits/bias", "[8]", 5));
    const select = (await page.find("combobox", "Tensor, only those that differ")) as HTMLSelectElement;
    expect([...select.options].map((option) => option.textContent)).toEqual([
      "logits/bias · 1 changed",
      "conv2/kernel · 1 changed",
    ]);
    expect(select.value).toBe("conv2/kernel");
    expect(page.el.querySelector(".pw-cb")?.textContent).toContain("2 of 2 that differ");
    expect(await sent(page.model, "Compare")).toEqual({
      kind: "Compare",
      a: { kind: "entry", entry: 0 },
      b: { kind: "now" },
    });
  });

  test("keeps its pictures when the same tensor is chosen again", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, 3]"));
    await waitFor(() => expect(read(page)).toMatch(/Δ/));
    const select = (await page.find("combobox", "Tensor, only those that differ")) as HTMLSelectElement;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(read(page)).toMatch(/Δ/);
  });

  test("has one cursor in three pictures, and reads both values and the difference", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, 1]"));
    const b = await picture(page, "B");
    await waitFor(() => expect(read(page)).toMatch(/^\[1, 1, 0, 0\].*Δ 0$/));
    press(b, "ArrowRight");
    await waitFor(() => expect(read(page)).toMatch(/^\[1, 1, 0, 1\]A .*B .*Δ \+0\.2500$/));
    press(await picture(page, "Difference"), "ArrowDown");
    await waitFor(() => expect(read(page)).toMatch(/^\[1, 1, 1, 1\]/));
    expect(page.el.querySelector(".pw-read")?.getAttribute("aria-live")).toBe("polite");
  });

  test("measures the difference, and shows it relative to A", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, :]"));
    await waitFor(() => expect(page.el.querySelectorAll(".pw-ct")[2]?.textContent).toContain("changed32 1%"));
    expect(page.el.querySelectorAll(".pw-ct")[2]?.textContent).toContain("max |Δ|0.2500");
    (await page.find("radio", "relative")).click();
    await waitFor(() => expect(pairs(page).at(-1)?.relative).toBe(true));
  });

  test("takes a rectangle from A, by keys", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0:8, :]"));
    const a = await picture(page, "A");
    await page.find("button", "Take this cell from A");
    press(a, "ArrowRight");
    await waitFor(() => expect(read(page)).toContain("[1, 1, 0, 1]"));
    press(a, "ArrowRight", { shiftKey: true });
    await page.find("button", "Take these 2 cells from A");
    press(a, "ArrowDown", { shiftKey: true });
    (await page.find("button", "Take these 4 cells from A")).click();
    expect(await sent(page.model, "PickFrom")).toEqual({
      kind: "PickFrom",
      state: { kind: "entry", entry: 0 },
      paths: ["conv2/kernel"],
      region: "[1, 1, 0:2, 1:3]",
    });
    await waitFor(() => expect(read(page)).toMatch(/\[1, 1, 0, 1\].*Δ 0$/));
  });

  test("offers only what would change something", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, 1]"));
    const take = await page.find("button", "Take this cell from A");
    expect([take.getAttribute("aria-disabled"), take.title]).toEqual(["true", "The model holds this already"]);
    take.click();
    expect(page.model.kinds()).not.toContain("PickFrom");
    press(await picture(page, "A"), "ArrowRight");
    await waitFor(() => expect(take.getAttribute("aria-disabled")).toBe("false"));
    page.model.answerNext("PickFrom", { kind: "Done", label: "", remarks: [] });
    take.click();
    await waitFor(() => expect(page.el.textContent).toContain("Nothing was changedThe model holds this already."));
  });

  test("restores the tensor, and then finds no differences", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, 3]"));
    await picture(page, "A");
    expect((await page.find("button", "Restore A")).title).toBe("Bring conv2/kernel back as it is in A");
    (await page.find("button", "Restore A")).click();
    expect((await sent(page.model, "PickFrom")).paths).toEqual(["conv2/kernel"]);
    await waitFor(() => expect(page.el.textContent).toContain("No differences"));
    expect(page.el.textContent).toContain("18 tensors hold the same bits in A and B.");
    const restore = await page.find("button", "Restore A");
    expect([restore.getAttribute("aria-disabled"), restore.title]).toEqual(["true", "Nothing to restore"]);
  });

  test("swaps A and B, and picks both from the history", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, 3]"), add("conv2/kernel", "[1, 1, 1, 3]"));
    await picture(page, "A");
    (await page.find("button", "Swap A and B")).click();
    await waitFor(() =>
      expect(pairs(page).at(-1)).toMatchObject({ a: { kind: "now" }, b: { kind: "entry", entry: 0 } }),
    );
    const rows = page.el.querySelectorAll<HTMLElement>(".pw-cmp .pw-jr:not(.hd)");
    rows[2]?.querySelector<HTMLElement>(".ab")?.click();
    await waitFor(() => expect(pairs(page).at(-1)).toMatchObject({ a: { kind: "entry", entry: 1 } }));
    expect(rows[2]?.querySelector(".ab")?.getAttribute("aria-pressed")).toBe("true");
  });

  test("steps through the slices, by keys and by a field", async () => {
    const page = await compared(add("conv2/kernel", "[1, 1, 0, 3]"));
    press(await picture(page, "A"), "]");
    await waitFor(() => expect(pairs(page).at(-1)?.plane.fixed.slice(0, 2)).toEqual([2, 1]));
    type(await page.find("spinbutton", "Index on kw"), "0");
    await waitFor(() => expect(pairs(page).at(-1)?.plane.fixed.slice(0, 2)).toEqual([2, 0]));
    press(await picture(page, "A"), "t");
    await waitFor(() => expect(pairs(page).at(-1)?.plane).toMatchObject({ rows: 3, cols: 2 }));
  });

  test("covers the body until Escape, and gives the keyboard back", async () => {
    const page = open(digits);
    await done(page, add("conv2/kernel", "[1, 1, 0, 3]"));
    const tab = await page.find("tab", "Heatmap");
    tab.focus();
    press(tab, "c");
    await picture(page, "A");
    expect((page.el.querySelector(".pw-body") as HTMLElement).hidden).toBe(true);
    press(page.el.querySelector(".pw-cmp") as Element, "f");
    expect(page.model.kinds()).not.toContain("SetTrainable");
    press(page.el.querySelector(".pw-cmp") as Element, "Escape");
    await waitFor(() => expect(page.query("region", "Compare")).toBeNull());
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Heatmap"));
  });

  test("says so when the snapshot it shows is dropped", async () => {
    const page = open(digits);
    await done(page, { kind: "TakeSnapshot", name: "before" }, add("conv2/kernel", "[1, 1, 0, 3]"));
    (await page.find("button", "Snapshots")).click();
    (await page.find("button", "Use before as A")).click();
    (await page.find("button", /^Compare A with B/)).click();
    await picture(page, "A");
    (await page.find("button", "Snapshots")).click();
    (await page.find("button", "Drop snapshot before")).click();
    await waitFor(() => expect(page.el.textContent).toContain("Snapshot before was dropped"));
    page.el.querySelector<HTMLElement>(".pw-cmp [aria-label='Use start as A']")?.click();
    await picture(page, "A");
  });

  test("says why a tensor has no pictures", async () => {
    const page = open(digits);
    await done(page, add("conv2/kernel", "[1, 1, 0, 3]"));
    page.model.failNext("GetPair", { code: "no-values", text: "these values are gone" });
    press(await page.find("tab", "Heatmap"), "c");
    await waitFor(() => expect(page.el.textContent).toContain("These values are gone"));
  });
});
