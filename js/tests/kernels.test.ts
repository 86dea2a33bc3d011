import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import { innerShape, layoutOf, placeIn, planeAt } from "../src/kernels";
import type { Request } from "../src/protocol";
import { digits, tensor } from "./datasets";
import { open, press, sent, type } from "./harness";

describe("which axes make up a kernel", () => {
  test.each([
    [[3, 3, 16, 32], ["kh", "kw", "in", "out"], { rows: 2, cols: 3, inner: [0, 1] }],
    [[32, 16, 3, 3], ["out", "in", "kh", "kw"], { rows: 1, cols: 0, inner: [2, 3] }],
    [[32, 16, 3, 3], [], { rows: 0, cols: 1, inner: [2, 3] }],
    [[3, 3, 16, 1], ["kh", "kw", "channel", "mult"], { rows: 2, cols: 3, inner: [0, 1] }],
    [[7, 1, 2], ["kw", "in", "out"], { rows: 1, cols: 2, inner: [0] }],
    [[2, 3, 3, 4, 5], ["kd", "kh", "kw", "in", "out"], { rows: 3, cols: 4, inner: [0, 1, 2] }],
    [[8, 4, 6], ["in", "head", "dim"], null],
    [[1, 1, 16, 32], ["kh", "kw", "in", "out"], null],
    [[40, 40, 50, 50], [], null],
    [[3, 3, 0, 2], [], null],
    [[3, 4], ["in", "out"], null],
  ])("of %j named %j", (shape, axes, layout) => expect(layoutOf(shape, axes)).toEqual(layout));
});

test("a place in a kernel and the slice that holds it belong together", () => {
  const shape = [2, 3, 4, 5, 6];
  const inner = [0, 1, 2];
  const plane = { rows: 3, cols: 4, fixed: [1, 2, 3, 0, 0] };
  expect(innerShape(shape, inner)).toEqual([6, 4]);
  expect(placeIn(plane, shape, inner)).toEqual([5, 3]);
  const places = [...Array(24).keys()].map((at) => [Math.floor(at / 4), at % 4]);
  expect(places.map((place) => placeIn(planeAt(plane, shape, inner, place), shape, inner))).toEqual(places);
});

describe("the kernels of a convolution", () => {
  const shown = async (dataset = digits) => {
    const page = open(dataset);
    (await page.find("tab", "Kernels")).click();
    await page.find("img", /^Kernels of conv2\/kernel/);
    const rail = (): string => page.el.querySelector(".pw-rail")?.textContent ?? "";
    const cells = (): HTMLElement[] => [...page.el.querySelectorAll<HTMLElement>(".pw-kern td")];
    await waitFor(() => expect(cells()[4]?.textContent).toBe("−.132"));
    return { ...page, rail, cells };
  };
  const tiles = (page: ReturnType<typeof open>): Extract<Request, { kind: "GetTile" }>[] =>
    page.model.requests.filter((each) => each.kind === "GetTile");

  test("are drawn with whole kernels for cells, by tab and by key", async () => {
    const page = await shown();
    await waitFor(() => expect(tiles(page).some((each) => each.inner?.join() === "0,1" && each.height > 1)).toBe(true));
    expect(page.el.querySelector(".pw-dims")?.textContent).toBe("rows in 16cols out 32tile kh × kw");
    press(page.el.querySelector("[role=tree]") as Element, "1");
    await page.find("img", /^Heatmap of/);
    await waitFor(() => expect(tiles(page).at(-1)?.inner).toEqual([]));
    press(page.el.querySelector("[role=tree]") as Element, "3");
    await page.find("img", /^Kernels of/);
  });

  test("are read one by one beside the picture", async () => {
    const page = await shown();
    expect(page.cells().map((cell) => cell.textContent)).toHaveLength(9);
    expect(page.el.querySelector(".pw-rail .ix")?.textContent).toBe("[1, 1, 0, 0]");
    await waitFor(() => expect(page.rail()).toContain("−0.13219814"));
    const asked = tiles(page).length;
    press(page.cells()[4] as Element, "ArrowUp");
    await waitFor(() => expect(page.el.querySelector(".pw-rail .ix")?.textContent).toBe("[0, 1, 0, 0]"));
    await waitFor(() =>
      expect(
        page
          .cells()
          .map((cell) => cell.tabIndex)
          .indexOf(0),
      ).toBe(1),
    );
    press(page.cells()[1] as Element, "ArrowUp");
    page.cells()[8]?.click();
    await waitFor(() => expect(page.el.querySelector(".pw-rail .ix")?.textContent).toBe("[2, 2, 0, 0]"));
    await sent(page.model, "GetCells");
    expect(
      tiles(page)
        .slice(asked)
        .every((each) => each.height === 1),
    ).toBe(true); // not the whole picture again
  });

  test("are meant whole by an edit of cells", async () => {
    const page = await shown();
    press(await page.find("img", /^Kernels of/), "ArrowRight");
    await waitFor(() => expect(page.el.querySelector(".pw-edit")?.textContent).toContain("9 of 4,608 values"));
    type(await page.find("textbox", "Value"), "0");
    (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(page.cells().map((cell) => cell.textContent)).toEqual(Array(9).fill("0")));
    expect(page.model.requests.findLast((each) => each.kind === "KeepTrial" || each.kind === "Apply")).toBeDefined();
    const places = page.model.requests.flatMap((each) => ("target" in each ? [each.target.region] : []));
    expect(places.at(-1)).toBe("[:, :, 0, 1]");
  });

  test("of a tensor that has none give way to its heatmap, and come back", async () => {
    const page = await shown();
    (await page.row(/^kernel, 64 by 10, float16/)).click();
    await page.find("img", /^Heatmap of logits\/kernel/);
    const tab = await page.find("tab", "Kernels");
    expect(tab.getAttribute("aria-disabled")).toBe("true");
    expect(tab.title).toBe("Kernels: for tensors with 3 to 5 axes, two of them channels");
    press(page.el.querySelector("[role=tree]") as Element, "3");
    (await page.row(/^kernel, 3 by 3 by 1 by 16/)).click();
    await page.find("img", /^Kernels of conv1\/kernel, 1 row by 16 columns/);
  });

  test("take their own axes, whatever the heatmap showed", async () => {
    const page = open(digits);
    const rows = (await page.find("combobox", "Row axis")) as HTMLSelectElement;
    rows.value = "0";
    rows.dispatchEvent(new Event("change", { bubbles: true }));
    await page.find("img", /3 rows by 32 columns/);
    (await page.find("tab", "Kernels")).click();
    await page.find("img", /^Kernels of conv2\/kernel, 16 rows by 32 columns/);
    (await page.find("tab", "Values")).click();
    await waitFor(() => {
      const last = page.model.requests.findLast((each) => each.kind === "GetCells");
      expect(last).toMatchObject({ plane: { rows: 2, cols: 3 } });
    });
  });

  test("are not shown as they were when another view showed an edit of them", async () => {
    const page = await shown();
    await waitFor(() => expect(page.rail()).toContain("−0.13219814")); // read by itself, and its kernel with it
    (await page.find("tab", "Heatmap")).click();
    await page.find("img", /^Heatmap of/);
    (await page.find("radio", "Tensor")).click();
    type(await page.find("textbox", "Value"), "0.5");
    (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(page.rail()).toContain("0.5000"));
    page.model.pause();
    (await page.find("tab", "Kernels")).click();
    await page.find("img", /^Kernels of/);
    expect(page.cells().map((cell) => cell.textContent)).toEqual(Array(9).fill(""));
    page.model.resume();
    await waitFor(() => expect(page.cells().map((cell) => cell.textContent)).toEqual(Array(9).fill(".500")));
  });

  test("show what is no number in the grey of the picture", async () => {
    const at = (index: number): number => [Number.NaN, Number.POSITIVE_INFINITY][index] ?? 0.5;
    const bad = tensor("bad/kernel", [1, 3, 2, 1], { at: (index) => at(Math.floor(index / 2)) });
    const page = open({ ...digits, layers: [{ name: "bad", kind: "Conv", tensors: [bad] }], selected: bad.path });
    (await page.find("tab", "Kernels")).click();
    const grid = await page.find("grid", "Kernel of in 0, out 0");
    const cells = [...grid.querySelectorAll("td")];
    await waitFor(() => expect(cells.map((cell) => cell.textContent)).toEqual(["NaN", "+Inf", ".500"]));
    const [nan, inf, half] = cells.map((cell) => cell.style.background);
    expect(inf).toBe(nan);
    expect(half).not.toBe(nan);
  });
});
