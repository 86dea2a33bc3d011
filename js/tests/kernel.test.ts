import { waitFor } from "@testing-library/dom";
import { describe, expect, test, vi } from "vitest";
import { isWrite, openChannel } from "../src/channel";
import { digits } from "./datasets";
import { open, sent, type, view } from "./harness";
import { createMockModel } from "./mock";

const GONE = "The kernel restarted or stopped. These are the last values it sent; editing is off. Run the cell again.";

describe("a busy kernel", () => {
  test("is said after a moment, and loses nothing", async () => {
    const page = open(digits);
    page.model.pause();
    (await page.row(/^kernel, 64 by 10/)).click();
    expect(page.el.querySelector(".pw-kernel")?.textContent).toBe("");
    await waitFor(() => expect(page.el.querySelector(".pw-kernel")?.textContent).toBe("Waiting for the kernel"));
    expect(page.rows().length).toBeGreaterThan(10);
    page.model.resume();
    await waitFor(() => expect(page.el.querySelector(".pw-kernel")?.textContent).toBe(""));
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("1.3 KiB"));
  });
});

describe("a kernel that is gone", () => {
  test("is told when nothing can be sent: last values stay, editing is off", async () => {
    const page = open(digits);
    await waitFor(() => expect(page.el.querySelector(".pw-rail")?.textContent).toContain("−0.13219814"));
    page.model.die();
    (await page.find("checkbox", "Freeze conv2")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-band")?.textContent).toBe(GONE));
    expect(page.rows().length).toBeGreaterThan(10);
    expect(page.el.querySelector(".pw-rail")?.textContent).toContain("−0.1322");
    expect(page.query("button", /Apply/)).toBeNull();
    expect((page.query("checkbox", "Freeze conv2") as HTMLButtonElement).disabled).toBe(true);
    expect((page.query("button", /Save the heatmap/) as HTMLButtonElement).disabled).toBe(true);
  });

  test("is found out while a request waits", async () => {
    vi.useFakeTimers();
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    model.pause();
    const answer = channel.request({ kind: "Ping" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(channel.kernel.value).toEqual({ state: "busy", writes: false });
    model.widget_manager = { get_model: async () => ({ comm_live: false }) };
    await vi.advanceTimersByTimeAsync(3000);
    expect(channel.kernel.value).toEqual({ state: "gone" });
    expect((await answer).reply).toMatchObject({ kind: "Failure", code: "kernel-gone" });
    lifetime.abort();
    vi.useRealTimers();
  });

  test("is looked for when the page is shown again", async () => {
    const page = open(digits);
    page.model.widget_manager = { get_model: async () => ({ comm_live: false }) };
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(page.el.querySelector(".pw-band")?.textContent).toBe(GONE));
  });

  test.each([
    ["does not know", async () => ({})],
    ["throws", async () => Promise.reject(new Error("no model"))],
  ])("is not assumed where the host %s", async (_, get_model) => {
    const page = open(digits);
    page.model.widget_manager = { get_model };
    document.dispatchEvent(new Event("visibilitychange"));
    (await page.row(/^kernel, 64 by 10/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("1.3 KiB"));
    expect(page.el.querySelector(".pw-band")).toBeNull();
  });

  test("or an editor that was closed says what to do", async () => {
    const page = open(digits);
    page.model.push({ kind: "Ended", text: "The editor was closed. Call pw.edit(model) again." });
    await waitFor(() => expect(page.el.querySelector(".pw-band")?.textContent).toContain("pw.edit(model)"));
    expect(page.el.querySelector(".pw-edit")?.textContent).toContain("Editing is off");
  });
});

describe("changes from elsewhere", () => {
  test("are fetched again for the tensor on the screen only", async () => {
    const page = open(digits);
    await sent(page.model, "GetCells");
    const before = page.model.kinds().length;
    page.model.touch("dense/kernel");
    await waitFor(() => expect(page.model.kinds().slice(before)).toEqual(["GetGlances"]));
    page.model.touch("conv2/kernel");
    await waitFor(() => expect(page.model.kinds().slice(before)).toContain("Describe"));
  });

  test("wait while the page is hidden", async () => {
    const page = open(digits);
    await sent(page.model, "GetCells");
    const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    const before = page.model.kinds().length;
    page.model.touch("conv2/kernel");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(page.model.kinds().slice(before)).toEqual([]);
    visible.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(page.model.kinds().slice(before)).toContain("Describe"));
  });

  test("that came before the page did are asked for at once", async () => {
    const model = createMockModel(digits);
    model.traits.revision = 3;
    const lifetime = new AbortController();
    const page = view(model, openChannel(model, lifetime.signal));
    await sent(model, "GetTree");
    await sent(model, "Describe");
    page.close();
    lifetime.abort();
  });
});

describe("two views of one editor", () => {
  test("select and fold by themselves, and both see an edit", async () => {
    const page = open(digits);
    const other = view(page.model, page.channel);
    (await other.row(/^kernel, 64 by 10/)).click();
    (await other.row(/^conv1/)).click();
    await waitFor(() => expect(other.el.querySelector(".pw-title")?.textContent).toContain("1.3 KiB"));
    expect(page.el.querySelector(".pw-title")?.textContent).toContain("conv2/kernel");
    expect((await page.row(/^conv1/)).getAttribute("aria-expanded")).toBe("true");
    type(await page.find("textbox", "Value"), "3");
    (await page.find("button", /Apply/)).click();
    await page.row(/^conv2.*edited/);
    await other.row(/^conv2.*edited/);
    await other.find("button", /^Undo: set/);
  });

  test("one may close while the other goes on", async () => {
    const page = open(digits);
    const other = view(page.model, page.channel);
    other.close();
    expect(other.el.childElementCount).toBe(0);
    (await page.row(/^kernel, 64 by 10/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("1.3 KiB"));
  });
});

describe("the channel", () => {
  test("uses integer ids, each once", async () => {
    const model = createMockModel(digits);
    const ids: unknown[] = [];
    const send = model.send.bind(model);
    model.send = (content) => {
      ids.push((content as { id: unknown }).id);
      send(content);
    };
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    await Promise.all([channel.request({ kind: "Ping" }), channel.request({ kind: "Ping" })]);
    expect(ids).toEqual([1, 2]);
    lifetime.abort();
  });

  test("rejects an aborted request with its reason, and drops the late answer", async () => {
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    model.pause();
    const abort = new AbortController();
    const answer = channel.request({ kind: "Ping" }, abort.signal);
    abort.abort(new Error("not needed"));
    await expect(answer).rejects.toThrow("not needed");
    model.resume();
    lifetime.abort();
  });

  test("sends the parts of a request, and hands over those of an event", async () => {
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    const send = vi.spyOn(model, "send");
    const part = Uint8Array.of(1, 2).buffer;
    void channel.request({ kind: "ApplyPatch" }, undefined, [part]);
    expect(send).toHaveBeenCalledWith({ id: 1, request: { kind: "ApplyPatch" } }, undefined, [part]);
    const heard: number[] = [];
    channel.subscribe((_, parts) => heard.push(...parts.map((each) => each.byteLength)), lifetime.signal);
    model.push({ kind: "Probed", items: [] }, [part]);
    expect(heard).toEqual([2]);
    lifetime.abort();
  });

  test("does not take a sweep for a kernel that is late", async () => {
    vi.useFakeTimers();
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    model.pause();
    const target = { what: "conv2/kernel" };
    void channel.request({ kind: "Sweep", target, vary: "factor", low: 0, high: 1, steps: 2, probe: "a" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(channel.kernel.value).toEqual({ state: "live" });
    lifetime.abort();
    vi.useRealTimers();
  });

  test("knows which requests write", () => {
    expect(isWrite({ kind: "Undo" })).toBe(true);
    expect(isWrite({ kind: "Ping" })).toBe(false);
    expect(isWrite({ kind: "KeepTrial", owner: 1 })).toBe(true);
  });
});
