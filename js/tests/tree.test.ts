import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import { awkward, digits, empty, HOSTILE, huge } from "./datasets";
import { open, press, sent, type } from "./harness";

describe("rows", () => {
  test("are read as sentences, with level, place and state", async () => {
    const page = open(digits);
    const kernel = await page.row("kernel, 3 by 3 by 16 by 32, float32, 4,608 parameters, trainable");
    expect(kernel.getAttribute("aria-level")).toBe("2");
    expect(kernel.getAttribute("aria-posinset")).toBe("1");
    expect(kernel.getAttribute("aria-setsize")).toBe("2");
    expect(kernel.getAttribute("aria-selected")).toBe("true");
    expect((await page.row(/^conv2, Conv2D/)).getAttribute("aria-expanded")).toBe("true");
  });

  test("appear from the opening alone, before the kernel has answered anything", () => {
    const page = open(digits, { latency: 1e6 });
    expect(page.rows().length).toBeGreaterThan(10);
    expect(page.el.textContent).toContain("115,508");
    expect(page.el.querySelector(".pw-stats")?.textContent).toContain("−0.3102");
  });

  test("close and open by click and by key", async () => {
    const page = open(digits);
    const conv1 = await page.row(/^conv1/);
    conv1.click();
    await waitFor(() => expect(conv1.getAttribute("aria-expanded")).toBe("false"));
    expect(page.rows().filter((label) => label.includes("144 parameters"))).toEqual([]);
    press(conv1, "ArrowRight");
    await waitFor(() => expect(conv1.getAttribute("aria-expanded")).toBe("true"));
    expect(page.rows().some((label) => label.includes("144 parameters"))).toBe(true);
  });

  test("move the focus with the arrows, and to a name by its letters", async () => {
    const page = open(digits);
    const tabbable = () => page.el.querySelector("[role=treeitem][tabindex='0']")?.getAttribute("aria-label") ?? "";
    expect(tabbable()).toMatch(/^kernel, 3 by 3 by 16 by 32/);
    press(page.el.querySelector("[role=treeitem]") as Element, "ArrowDown");
    await waitFor(() => expect(tabbable()).toMatch(/^bias, 32/));
    press(page.el.querySelector("[role=treeitem]") as Element, "ArrowLeft");
    await waitFor(() => expect(tabbable()).toMatch(/^conv2/));
    for (const letter of "res") press(page.el.querySelector("[role=treeitem]") as Element, letter);
    await waitFor(() => expect(tabbable()).toMatch(/^res_block/));
    press(page.el.querySelector("[role=treeitem]") as Element, "Home");
    await waitFor(() => expect(tabbable()).toMatch(/^conv1/));
  });

  test("leave digits to the views, unless a name goes on with them", async () => {
    const page = open(digits);
    const tabbable = () => page.el.querySelector("[role=treeitem][tabindex='0']")?.getAttribute("aria-label") ?? "";
    const item = () => page.el.querySelector("[role=treeitem][tabindex='0']") as Element;
    press(item(), "2");
    await waitFor(() => expect(page.query("tab", "Values")?.getAttribute("aria-selected")).toBe("true"));
    expect(tabbable()).toMatch(/^kernel, 3 by 3 by 16 by 32/);
    for (const key of "bn1") press(item(), key);
    await waitFor(() => expect(tabbable()).toMatch(/^bn1/));
    expect(page.query("tab", "Values")?.getAttribute("aria-selected")).toBe("true");
  });

  test("are reached from the filter by the arrow", async () => {
    const page = open(digits);
    const field = await page.find("searchbox", "Filter layers");
    field.focus();
    press(field, "ArrowDown");
    expect(document.activeElement?.getAttribute("role")).toBe("treeitem");
  });

  test("of a big model are drawn a screenful at a time, and arrive in pages", async () => {
    const page = open(huge);
    await waitFor(() => expect(page.model.requests.filter((each) => each.kind === "GetTree")).toHaveLength(24));
    const starts = page.model.requests.flatMap((each) => (each.kind === "GetTree" ? [each.start] : []));
    expect(starts).toEqual(Array.from({ length: 24 }, (_, k) => 4000 * (k + 1)));
    await waitFor(() =>
      expect((page.el.querySelector(".pw-rows .all") as HTMLElement).style.height).toBe(`${20_004 * 24}px`),
    );
    expect(page.el.querySelectorAll("[role=treeitem]").length).toBeLessThan(60);
    expect(page.rows()).toContain("k, 64 by 64, float32, 4,096 parameters, trainable");
  });

  test("of a model without parameters say so", async () => {
    expect(open(empty).el.textContent).toContain("No parameters yet");
  });

  test("roll bad values up to the layers", async () => {
    const page = open(awkward);
    await page.row(/^nan, 8 by 8.*8 NaN 4 Inf/);
    await page.row(/^bad, Linear.*8 NaN 4 Inf/);
  });

  test("show a name that is markup as text", async () => {
    const page = open(awkward);
    await page.row(new RegExp(`^${HOSTILE.replace(/[()]/g, "\\$&")}`));
    expect(page.el.querySelector("img")).toBeNull();
    expect(page.el.querySelector(".pw-name")?.textContent).toBe(HOSTILE);
  });
});

describe("thumbnails", () => {
  test("that could not be had are asked for again when something changes", async () => {
    const page = open(digits);
    page.model.failNext("GetGlances", { code: "path", text: "There is no tensor 'conv2/kernel' any more." });
    const asked = () => page.model.requests.filter((each) => each.kind === "GetGlances");
    await waitFor(() => expect(asked()).toHaveLength(1));
    await waitFor(() => expect(page.model.pending()).toBe(0));
    expect(page.el.querySelector(".spk svg")).toBeNull();
    page.model.touch("dense/bias");
    await waitFor(() => expect(asked()).toHaveLength(2));
    expect(asked()[1]?.paths).toEqual(asked()[0]?.paths);
    await waitFor(() => expect(page.el.querySelector(".spk svg")).not.toBeNull());
  });
});

describe("filter", () => {
  test("keeps what matches, with the layers above", async () => {
    const page = open(digits);
    type(await page.find("searchbox", "Filter layers"), "logits");
    await waitFor(() =>
      expect(page.rows().map((label) => label.split(",")[0])).toEqual([
        "logits",
        "kernel",
        "bias",
        "aux_logits",
        "kernel",
        "bias",
      ]),
    );
    expect(page.model.kinds().filter((kind) => kind === "Find")).toHaveLength(1);
  });

  test("without a match names the closest, and can be cleared", async () => {
    const page = open(digits);
    type(await page.find("searchbox", "Filter layers"), "dnse");
    await waitFor(() => expect(page.el.textContent).toContain("No tensor matches “dnse”"));
    (await page.find("button", "dense/kernel")).click();
    await waitFor(() => expect(page.rows().map((label) => label.split(",")[0])).toEqual(["dense", "kernel"]));
    type(await page.find("searchbox", "Filter layers"), "dnse");
    (await page.find("button", /Clear filter/)).click();
    await waitFor(() => expect(page.rows().length).toBeGreaterThan(10));
  });

  test("leaves a layer closed that was closed by hand, when the model changes", async () => {
    const page = open(digits);
    const names = (): (string | undefined)[] => page.rows().map((label) => label.split(",")[0]);
    const searches = (): number => page.model.kinds().filter((kind) => kind === "Find").length;
    const field = await page.find("searchbox", "Filter layers");
    type(field, "logits");
    await waitFor(() => expect(names()).toHaveLength(6));
    (await page.row(/^logits/)).click();
    await waitFor(() => expect(names()).toEqual(["logits", "aux_logits", "kernel", "bias"]));
    page.model.touch("logits/bias");
    await waitFor(() => expect(searches()).toBe(2));
    await waitFor(() => expect(page.model.pending()).toBe(0));
    expect(names()).toEqual(["logits", "aux_logits", "kernel", "bias"]);
    type(field, "logit");
    await waitFor(() => expect(names()).toHaveLength(6));
  });

  test("that means nothing shows the kernel's sentence", async () => {
    const page = open(digits);
    page.model.failNext("Find", { code: "query", text: "'>x' is not a size; write for example >1M." });
    type(await page.find("searchbox", "Filter layers"), ">x");
    await waitFor(() => expect(page.el.textContent).toContain("'>x' is not a size"));
  });

  test("is set by the chips below the tree", async () => {
    const page = open(digits);
    (await page.find("button", /5 frozen/)).click();
    expect((await sent(page.model, "Find")).query).toBe("frozen");
    await waitFor(() => expect(page.rows().map((label) => label.split(",")[0])).toContain("conv_a"));
    expect(page.rows().some((label) => label.startsWith("dense"))).toBe(false);
  });
});

describe("locks", () => {
  test("are sent, shown as pending, and then as the kernel has them", async () => {
    const page = open(digits);
    page.model.pause();
    const lock = await page.find("checkbox", "Freeze conv2");
    expect(lock.getAttribute("aria-checked")).toBe("false");
    lock.click();
    expect(await sent(page.model, "SetTrainable")).toEqual({
      kind: "SetTrainable",
      paths: ["conv2"],
      trainable: false,
    });
    await waitFor(() => expect(lock.getAttribute("aria-busy")).toBe("true"));
    expect(lock.getAttribute("aria-checked")).toBe("false");
    page.model.resume();
    await waitFor(() => expect(lock.getAttribute("aria-checked")).toBe("true"));
    await waitFor(() => expect(lock.getAttribute("aria-busy")).toBe("false"));
    await waitFor(() => expect(page.el.textContent).toContain("Frozen, but momentum is left"));
  });

  test("of a mixed layer freeze all of it", async () => {
    const page = open(digits);
    const lock = await page.find("checkbox", "Freeze res_block");
    expect(lock.getAttribute("aria-checked")).toBe("mixed");
    lock.click();
    expect((await sent(page.model, "SetTrainable")).trainable).toBe(false);
  });

  test("that the framework refuses say why", async () => {
    const page = open(digits);
    page.model.failNext("SetTrainable", { code: "freeze", text: "A quantised tensor cannot be trained." });
    press(await page.row(/^conv1/), "f");
    await waitFor(() =>
      expect(page.el.querySelector("[role=alert]")?.textContent).toContain("A quantised tensor cannot be trained."),
    );
  });
});
