import { signal } from "@preact/signals";
import { waitFor } from "@testing-library/dom";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openChannel } from "../src/channel";
import type { Changed } from "../src/protocol";
import { createTree } from "../src/store/tree";
import { type Dataset, digits, huge } from "./datasets";
import { open } from "./harness";
import { createMockModel } from "./mock";

function treeOf(data: Dataset) {
  const model = createMockModel(data);
  const lifetime = new AbortController();
  onTestFinished(() => lifetime.abort());
  const channel = openChannel(model, lifetime.signal);
  const awake = signal(true);
  const tree = createTree(channel, lifetime.signal, awake, "");
  const header = channel.opening.tree.header;
  const changed = (more: Partial<Changed>) => tree.apply({ kind: "Changed", paths: [], flags: [], header, ...more });
  const searches = () => model.kinds().filter((kind) => kind === "Find").length;
  return { model, awake, tree, changed, searches };
}

describe("a change", () => {
  test("that is told while rows arrive is kept by them", async () => {
    const { model, tree, changed } = treeOf(huge);
    model.pause();
    changed({ flags: [[1, "frozen", true]] });
    model.resume();
    await waitFor(() => expect(tree.lines.peek()).toHaveLength(tree.total.peek()));
    expect(tree.lines.peek()[1]).toMatchObject({ lock: "frozen", edited: true });
  });

  test("of the header alone has nothing read anew", async () => {
    const page = open(digits);
    await waitFor(() => expect(page.model.kinds()).toContain("GetGlances"));
    await waitFor(() => expect(page.model.pending()).toBe(0));
    const before = page.model.kinds().length;
    const header = { ...page.channel.opening.tree.header, undo: "told" };
    page.model.push({ kind: "Changed", paths: [], flags: [], header, bare: true });
    page.model.push({ kind: "Changed", paths: ["conv1/kernel"], flags: [], header });
    await waitFor(() => expect(page.model.kinds().slice(before)).toContain("GetGlances"));
    expect(page.model.requests.slice(before)).toContainEqual({ kind: "GetGlances", paths: ["conv1/kernel"] });
    expect(page.model.kinds().slice(before)).not.toContain("Describe");
  });

  test("of any tensor that is tried out after one of some has all thumbnails made anew", async () => {
    const { model, tree, changed } = treeOf(digits);
    tree.want([]);
    const glances = () => model.requests.flatMap((each) => (each.kind === "GetGlances" ? [each.paths] : []));
    await waitFor(() => expect(glances()).toHaveLength(1));
    changed({ paths: ["conv1/kernel"], trial: true });
    changed({ trial: true });
    await waitFor(() => expect(glances()).toHaveLength(2));
    expect(glances()[1]).toEqual(glances()[0]);
  });
});

describe("a search", () => {
  test("waits until it is looked at, and is done once then", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { awake, tree, changed, searches } = treeOf(digits);
    tree.setFilter("logits");
    await vi.advanceTimersByTimeAsync(1000);
    expect(tree.found.peek()?.query).toBe("logits");
    awake.value = false;
    changed({ paths: ["conv1/kernel"] });
    await vi.advanceTimersByTimeAsync(1000);
    changed({ paths: ["conv1/kernel"] });
    await vi.advanceTimersByTimeAsync(1000);
    expect(searches()).toBe(1);
    awake.value = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(searches()).toBe(2);
    awake.value = false;
    awake.value = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(searches()).toBe(2);
  });

  test("that was cut off by hiding is done again, also with the same words", async () => {
    const { model, awake, tree, changed, searches } = treeOf(digits);
    tree.setFilter("logits");
    await waitFor(() => expect(tree.found.peek()?.query).toBe("logits"));
    const first = tree.found.peek();
    model.pause();
    changed({ paths: ["conv1/kernel"] });
    await waitFor(() => expect(searches()).toBe(2));
    awake.value = false;
    model.resume();
    awake.value = true;
    await waitFor(() => expect(searches()).toBe(3));
    await waitFor(() => expect(tree.found.peek()).not.toBe(first));
  });
});
