import { waitFor } from "@testing-library/dom";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openChannel } from "../src/channel";
import { isWrite } from "../src/channel/exchange";
import { digits } from "./datasets";
import { idOf, open, sent, type, view } from "./harness";
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

  test("says so by itself when it restarts", async () => {
    const page = open(digits);
    await page.find("button", "Keyboard help");
    page.model.restart();
    await waitFor(() => expect(page.el.querySelector(".pw-band")?.textContent).toBe(GONE));
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

  test("says when the line is down, and goes on when it is back", async () => {
    const page = open(digits);
    await page.find("button", "Keyboard help");
    const kernel = { connectionStatus: "connecting" };
    page.model.widget_manager = { get_model: async () => ({ comm_live: true, widget_manager: { kernel } }) };
    page.model.pause();
    void page.channel.request({ kind: "Ping" });
    const status = await page.find("status", "Kernel");
    await waitFor(() => expect(status.textContent).toBe("No connection to the kernel"));
    expect(page.query("button", "Undo")).not.toBeNull();
    kernel.connectionStatus = "connected";
    await waitFor(() => expect(status.textContent).toBe("Waiting for the kernel"), { timeout: 4000 });
    page.model.resume();
    await waitFor(() => expect(status.textContent).toBe(""));
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
    expect(page.model.kinds().slice(before)).toEqual(["Attend"]);
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
    expect(ids[1]).toBe(Number(ids[0]) + 1);
    expect(Number.isSafeInteger(ids[1])).toBe(true);
    lifetime.abort();
  });

  test("rejects an aborted request with its reason, and drops the late answer", async () => {
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    model.pause();
    const abort = new AbortController();
    const answer = channel.request({ kind: "Ping" }, { signal: abort.signal });
    abort.abort(new Error("not needed"));
    await expect(answer).rejects.toThrow("not needed");
    model.resume();
    lifetime.abort();
  });

  test("are those of one page only: every page hears all answers", async () => {
    const numbers = Array.from({ length: 2 }, () => {
      const model = createMockModel(digits);
      const lifetime = new AbortController();
      const send = vi.spyOn(model, "send");
      void openChannel(model, lifetime.signal).request({ kind: "Ping" });
      lifetime.abort();
      return idOf(send.mock.calls[0]);
    });
    expect(numbers[0]).not.toBe(numbers[1]);
  });

  test("tells how far long work is, takes it for no late answer, and stops it when nobody waits", async () => {
    vi.useFakeTimers();
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    const send = vi.spyOn(model, "send");
    model.pause();
    const abort = new AbortController();
    const shares: number[] = [];
    const answer = channel.request({ kind: "Examine" }, { signal: abort.signal, progress: (at) => shares.push(at) });
    answer.catch(() => undefined);
    const id = idOf(send.mock.calls[0]);
    model.push({ kind: "Progressed", id: id + 1, share: 0.9 });
    model.push({ kind: "Progressed", id, share: 0.25 });
    expect(shares).toEqual([0.25]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(channel.kernel.value).toEqual({ state: "live" });
    abort.abort();
    expect(model.requests.at(-1)).toEqual({ kind: "Stop", ids: [id] });
    lifetime.abort();
    vi.useRealTimers();
  });

  /** A channel whose line can be cut; `ids` are those of what was sent, `Unheard` is answered from what came through. */
  function breakable() {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    onTestFinished(() => lifetime.abort());
    const channel = openChannel(model, lifetime.signal);
    const line = { broken: false, deaf: false };
    const sentIds: number[] = [];
    const heard: number[] = [];
    const send = model.send;
    model.send = (content) => {
      const { id, request } = content as { id: number; request: { kind: string; ids?: number[] } };
      sentIds.push(id);
      if (line.broken) return; // the line swallows it
      if (request.kind === "CheckHeard") {
        const asked = request.ids ?? [];
        model.answerNext("CheckHeard", {
          kind: "Unheard",
          ids: asked.filter((each) => !heard.includes(each)),
          answered: asked.filter((each) => heard.includes(each)),
        });
      } else heard.push(id);
      if (!line.deaf) send(content);
    };
    return { channel, model, line, sentIds, heard };
  }

  test("sends again what the kernel never heard of, once", async () => {
    const { channel, line, sentIds, heard } = breakable();
    line.broken = true;
    const answer = channel.request({ kind: "Undo" });
    line.broken = false;
    await vi.advanceTimersByTimeAsync(4000);
    expect((await answer).reply.kind).toBe("Failure"); // there is nothing to undo
    await vi.advanceTimersByTimeAsync(100_000);
    expect(heard).toEqual([sentIds[0]]);
  });

  test("goes on asking when the line was down for long", async () => {
    const { channel, line, heard, sentIds } = breakable();
    line.broken = true;
    const answer = channel.request({ kind: "Undo" });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sentIds.length).toBeLessThan(6); // and not five times a second
    line.broken = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await answer).reply.kind).toBe("Failure");
    expect(heard).toEqual([sentIds[0]]);
  });

  test("gets an answer that was lost by sending the request again", async () => {
    const { channel, line, heard } = breakable();
    line.deaf = true;
    const answer = channel.request({ kind: "Undo" });
    line.deaf = false;
    await vi.advanceTimersByTimeAsync(4000);
    expect((await answer).reply.kind).toBe("Failure");
    expect(heard).toHaveLength(2); // the kernel knows the number, and answers without doing it twice
  });

  test("does not let an old write overtake a newer one", async () => {
    const { channel, line, heard, sentIds } = breakable();
    line.broken = true;
    const first = channel.request({ kind: "TakeSnapshot", name: "a" });
    line.broken = false;
    await channel.request({ kind: "TakeSnapshot", name: "b" });
    await vi.advanceTimersByTimeAsync(4000);
    expect((await first).reply).toMatchObject({ kind: "Failure", code: "line" });
    expect(heard).toEqual([sentIds[1]]);
  });

  describe.each(["broken", "deaf"] as const)("of a line that was %s for a moment", (fault) => {
    const once = fault === "deaf" ? 1 : 0;

    test("does not say again who looked before: the kernel would believe it", async () => {
      const { channel, line, heard, sentIds } = breakable();
      const one = {};
      line[fault] = true;
      channel.attend(one, false);
      await Promise.resolve();
      line[fault] = false;
      channel.attend(one, true);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(heard.filter((id) => id === sentIds[0])).toHaveLength(once);
      expect(heard.at(-1)).toBe(sentIds[1]);
    });

    test("says again who looks now", async () => {
      const { channel, line, heard, sentIds } = breakable();
      line[fault] = true;
      channel.attend({}, true);
      await Promise.resolve();
      line[fault] = false;
      await vi.advanceTimersByTimeAsync(10_000);
      expect(heard.filter((id) => id === sentIds[0])).toHaveLength(once + 1);
    });

    test("does not stop probes again: others may run by then", async () => {
      const { channel, line, heard, sentIds } = breakable();
      line[fault] = true;
      const answer = channel.request({ kind: "StopProbes" });
      line[fault] = false;
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await answer).reply).toMatchObject({ kind: "Failure", code: "line" });
      expect(heard.filter((id) => id === sentIds[0])).toHaveLength(once);
    });
  });

  test("shows how far a large write is, and stops it", async () => {
    const page = open(digits);
    await page.find("button", "Keyboard help");
    page.model.pause();
    const send = vi.spyOn(page.model, "send");
    const answer = page.channel.request({ kind: "Undo" });
    const id = idOf(send.mock.calls[0]);
    page.model.push({ kind: "Progressed", id, share: 0.43 });
    const bar = await page.find("progressbar", "Writing");
    expect(bar.getAttribute("aria-valuenow")).toBe("43");
    (await page.find("button", "Cancel")).click();
    expect(page.model.requests.at(-1)).toEqual({ kind: "Stop", ids: [id] });
    page.model.resume();
    await answer;
    await waitFor(() => expect(page.query("progressbar", "Writing")).toBeNull());
  });

  test("tells the kernel when the last view is out of sight, and when one is seen again", async () => {
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    const [one, two] = [{}, {}];
    const said = async () => {
      await Promise.resolve();
      return model.requests.filter((each) => each.kind === "Attend").map((each) => each.looks);
    };
    channel.attend(one, true);
    channel.attend(two, true);
    expect(await said()).toEqual([true]);
    channel.attend(one, false);
    expect(await said()).toEqual([true]);
    channel.attend(two, false);
    expect(await said()).toEqual([true, false]);
    channel.attend(one, true);
    expect(await said()).toEqual([true, false, true]);
    channel.attend(one, false); // it moves
    channel.attend(two, true);
    expect(await said()).toEqual([true, false, true]);
    lifetime.abort();
  });

  test("sends the parts of a request, and hands over those of an event", async () => {
    const model = createMockModel(digits);
    const lifetime = new AbortController();
    const channel = openChannel(model, lifetime.signal);
    const send = vi.spyOn(model, "send");
    const part = Uint8Array.of(1, 2).buffer;
    void channel.request({ kind: "ApplyPatch" }, { buffers: [part] });
    expect(send).toHaveBeenCalledWith({ id: expect.any(Number), request: { kind: "ApplyPatch" } }, undefined, [part]);
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
