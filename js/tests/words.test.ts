import { waitFor } from "@testing-library/dom";
import { expect, test } from "vitest";
import { openChannel } from "../src/channel";
import { name, typed } from "../src/format";
import { axisPlace } from "../src/plane";
import type { Description, Opening, Summary } from "../src/protocol";
import { awkward, type Dataset, digits, empty, type MockTensor, scalar } from "./datasets";
import { open, view } from "./harness";
import { createMockModel } from "./mock";

test.each([
  ["kernel", "kernel"],
  ["a\u202eb", "a\\u202eb"],
  ["a\u2066b\n", "a\\u2066b\\u000a"],
  ["  ", "␣␣"],
  ["", "‹empty›"],
  ["وزن", "وزن"],
])("name %j is shown as %s", (given, shown) => expect(name(given)).toBe(shown));

test.each([
  [1, "bool", "True"],
  [0, "bool", "False"],
  [3, "int64", "3"],
  [-0, "int8", "0"],
  [-128, "int8", "−128"],
  [1e12, "uint64", "1.00e12"],
  [3, "float32", "3.000"],
])("%d of %s is %s", (value, dtype, text) => expect(typed(value, dtype)).toBe(text));

test("an axis without a name has its place in brackets", () => {
  expect(axisPlace(["in", ""], 0, 3)).toBe("in 3");
  expect(axisPlace(["in", ""], 1, 0)).toBe("axis 1 [0]");
});

test("statistics of a sample are not shown as facts", () => {
  const model = createMockModel(digits);
  const facts = (model.traits.opening as Opening).description as Description;
  facts.summary = { ...(facts.summary as Summary), sampled: 16, nan: 0, min: -1, max: 1 };
  const lifetime = new AbortController();
  const page = view(model, openChannel(model, lifetime.signal));
  const texts = [...page.el.querySelectorAll(".pw-stats > div")].map((each) => each.textContent);
  expect(texts[0]).toBe("min≤ −1.000");
  expect(texts[1]).toBe("max≥ 1.000");
  for (const text of texts.slice(2, 6)) expect(text).toMatch(/^(mean|std|L2|zeros)≈ /);
  expect(texts[6]).toBe("NaN0 in 1/16");
  expect(page.el.querySelector(".pw-stats dd")?.getAttribute("title")).toContain("one value in 16 was read");
  page.close();
  lifetime.abort();
});

test("names that turn the text around are written out everywhere", async () => {
  const path = "a\u202eb";
  const [layer] = digits.layers;
  const [tensor] = layer?.tensors ?? [];
  const data: Dataset = {
    ...digits,
    title: path,
    selected: path,
    layers: [{ name: "x\u2066", kind: "Dense", tensors: tensor ? [{ ...tensor, path }] : [] }],
  };
  const page = open(data);
  await page.row(/^a\\u202eb/);
  const told = [...page.el.querySelectorAll("*")].flatMap((each) => [...each.attributes].map((at) => at.value));
  expect([page.el.textContent, ...told].filter((text) => /[\u202e\u2066]/.test(text ?? ""))).toEqual([]);
});

test("a model without parameters shows one message and nothing empty beside it", () => {
  const page = open(empty);
  expect(page.el.querySelectorAll(".pw-msg")).toHaveLength(1);
  expect(page.el.querySelector(".pw-stats, [role=tab], .pw-filter")).toBeNull();
});

test("there is no row of chips where there is nothing to choose by", () => {
  const page = open(scalar);
  expect(page.query("group", "Quick filters")).toBeNull();
});

test("a newer write settles what an older one said", async () => {
  const page = open(digits);
  (await page.find("checkbox", "Freeze conv2")).click();
  await waitFor(() => expect(page.el.querySelector(".pw-toast")).not.toBeNull());
  (await page.find("checkbox", "Freeze conv2", { checked: true })).click();
  await waitFor(() => expect(page.el.querySelector(".pw-toast")).toBeNull());
});

test("a kernel that is gone is found out when somebody turns to the view", async () => {
  const page = open(digits);
  page.model.widget_manager = { get_model: async () => ({ comm_live: false }) };
  page.el.firstElementChild?.dispatchEvent(new Event("pointerenter"));
  await waitFor(() => expect(page.el.querySelector(".pw-band")).not.toBeNull());
});

test("and when its window is", async () => {
  const page = open(digits);
  page.model.widget_manager = { get_model: async () => ({ comm_live: false }) };
  window.dispatchEvent(new Event("focus"));
  await waitFor(() => expect(page.el.querySelector(".pw-band")).not.toBeNull());
});

test("a tensor whose shape is not known yet has no count and no bytes", async () => {
  const [layer] = awkward.layers;
  const [tensor] = layer?.tensors ?? [];
  const lazy = { ...tensor, path: "l.w", shape: [], readable: false, writable: false, role: "buffer", trainable: null };
  const reason = "it is a lazy parameter without a shape";
  const layers = [{ name: "l", kind: "LazyLinear", tensors: [{ ...lazy, reason } as MockTensor] }];
  const page = open({ ...awkward, selected: "l.w", layers });
  const row = await page.row(/^w, shape unknown, int64/);
  expect(row.querySelector(".shp")?.textContent).toBe("?");
  expect(row.querySelector(".cnt")?.textContent).toBe("");
  expect(page.el.querySelector(".pw-meta")?.textContent).toMatch(/^\?int64CPU$/);
  expect(page.el.querySelector(".pw-plotw")?.textContent).toContain("It is a lazy parameter");
});
