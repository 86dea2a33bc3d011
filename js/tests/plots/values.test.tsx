import { useState } from "preact/hooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CellData, Values, type ValuesProps } from "../../src/plots/values";
import type { Failure, Stored, Window } from "../../src/protocol";
import { type Mounted, mount, press, settle, type } from "./mounting";

const STORED: Stored = { kind: "Stored", text: "0.0999756", error: -2.44e-5, bits: "0x2E66", below: "", above: "" };
const REFUSED: Failure = { kind: "Failure", code: "value", text: "“abc” is not a number." };

const fetched: Window[] = [];
const onCommit = vi.fn<ValuesProps["onCommit"]>(async () => null);
const onPaste = vi.fn<ValuesProps["onPaste"]>(async () => null);
const check = vi.fn<ValuesProps["check"]>(async () => STORED);
const onSelect = vi.fn();

function valueAt(row: number, col: number): number {
  return (row * 10 + col) / 8;
}

async function fetch(window: Window): Promise<{ window: Window; cells: CellData[][] }> {
  fetched.push(window);
  const cells = Array.from({ length: window.bottom - window.top }, (_, i) =>
    Array.from({ length: window.right - window.left }, (_, j) => {
      const value = valueAt(window.top + i, window.left + j);
      return { text: String(-value), value: -value, edited: window.left + j === 3 };
    }),
  );
  return { window, cells };
}

function Host(props: Partial<ValuesProps>) {
  const [cursor, setCursor] = useState<[number, number]>(props.cursor ?? [1, 2]);
  const [selection, setSelection] = useState<Window | null>(props.selection ?? null);
  return (
    <Values
      {...{
        upright: false,
        shape: [64, 10],
        axes: ["in", "out"],
        dtype: "float16",
        domain: 1,
        dark: false,
        locked: "",
      }}
      {...{
        label: "Values of w",
        plane: "",
        generation: 0,
        written: null,
        address: (i, j) => `[${i}, ${j}]`,
        fetch,
        check,
        onCommit,
        onPaste,
      }}
      onCursor={(row, col) => setCursor([row, col])}
      {...props}
      cursor={cursor}
      selection={selection}
      onSelect={(window) => {
        onSelect(window);
        setSelection(window);
      }}
    />
  );
}

let page: Mounted;

async function show(props: Partial<ValuesProps> = {}): Promise<void> {
  page = await mount(<Host {...props} />);
  await settle();
}

function cell(row: number, col: number): HTMLElement {
  const found = page.all("row").find((line) => line.getAttribute("aria-rowindex") === String(row + 2));
  const place = found?.querySelector<HTMLElement>(`[role=gridcell][aria-colindex="${col + 2}"]`);
  if (!place) throw new Error(`no cell ${row}, ${col}`);
  return place;
}

const current = () =>
  page.all("gridcell").find((one) => one.tabIndex === 0 || one.querySelector("input")) as HTMLElement;
const input = () => page.one("textbox") as HTMLInputElement;

beforeEach(() => {
  fetched.length = 0;
});

afterEach(async () => {
  await page.gone();
  vi.clearAllMocks();
});

describe("reading", () => {
  test("the grid says how large it is and which cells it shows", async () => {
    await show();
    const grid = page.one("grid", "Values of w");
    expect(grid.getAttribute("aria-rowcount")).toBe("65");
    expect(grid.getAttribute("aria-colcount")).toBe("11");
    expect(cell(4, 3).textContent).toBe("−5.375");
    expect(cell(4, 3).title).toBe("−5.375 · differs from the loaded model");
    expect(page.all("columnheader").map((head) => head.textContent)).toEqual(["in ╲ out", ..."0123456789"]);
  });

  test("of a million rows it renders those on the screen", async () => {
    await show({ shape: [1_000_000, 1000], cursor: [500_000, 700] });
    expect(page.all("row").length).toBeLessThan(100);
    expect(page.all("gridcell").length).toBeLessThan(1000);
    expect(cell(500_000, 700).textContent).not.toBe("");
    const cells = fetched.reduce((sum, one) => sum + (one.bottom - one.top) * (one.right - one.left), 0);
    expect(cells).toBeLessThan(8000);
    expect(Math.max(...fetched.map((one) => (one.bottom - one.top) * (one.right - one.left)))).toBeLessThanOrEqual(
      4000,
    );
  });

  test("a shape beyond all elements works to its last cell", async () => {
    await show({ shape: [1_000_000_000, 1_000_000], cursor: [999_999_999, 999_999] });
    expect(page.all("row").length).toBeLessThan(100);
    expect(cell(999_999_999, 999_999).textContent).not.toBe("");
  });

  test("integers are exact, NaN says so", async () => {
    const one = (text: string, value: number) => async (window: Window) => ({
      window,
      cells: [[{ text, value, edited: false }]],
    });
    await show({ shape: [1, 1], cursor: [0, 0], dtype: "int64", fetch: one("-9007199254740993", -9007199254740992) });
    expect(cell(0, 0).textContent).toBe("−9007199254740993");
    await page.gone();
    await show({ shape: [1, 1], cursor: [0, 0], fetch: one("nan", Number.NaN) });
    expect(cell(0, 0).textContent).toBe("NaN");
  });

  test("stale cells stay until the new ones arrive", async () => {
    await show();
    const release: (() => void)[] = [];
    const slow: ValuesProps["fetch"] = async (window) => {
      await new Promise<void>((done) => release.push(done));
      const { cells } = await fetch(window);
      return { window, cells: cells.map((row) => row.map((one) => ({ ...one, text: "7", value: 7 }))) };
    };
    await page.show(<Host generation={1} fetch={slow} />);
    expect(cell(4, 4).textContent).toBe("−5.500");
    await settle();
    for (const go of release) go();
    await settle();
    expect(cell(4, 4).textContent).toBe("7.000");
  });

  test("what could not be read says why", async () => {
    await show({ fetch: () => Promise.reject(new Error("the kernel is gone")) });
    expect(page.one("alert").textContent).toContain("the kernel is gone");
  });
});

describe("moving", () => {
  test("arrows move the only cell that takes the focus", async () => {
    await show();
    await press(current(), "ArrowDown");
    await press(current(), "ArrowRight");
    expect(current()).toBe(cell(2, 3));
    expect(document.activeElement).toBe(cell(2, 3));
    await press(current(), "ArrowRight", { ctrlKey: true });
    expect(current()).toBe(cell(2, 9));
  });

  test("the focus survives a jump out of the screen", async () => {
    await show({ shape: [1_000_000, 10] });
    await press(current(), "End", { ctrlKey: true });
    await settle();
    expect(document.activeElement).toBe(cell(999_999, 9));
  });

  test("Shift selects, and the foot says what", async () => {
    await show();
    await press(current(), "ArrowDown", { shiftKey: true });
    await press(current(), "ArrowRight", { shiftKey: true });
    expect(onSelect).toHaveBeenLastCalledWith({ top: 1, bottom: 3, left: 2, right: 4 });
    expect(page.all("gridcell").filter((one) => one.getAttribute("aria-selected") === "true")).toHaveLength(4);
    expect(page.host.textContent).toContain("4 cells");
    expect(page.host.textContent).toContain("mean −2.188");
  });

  test("statistics say when they are of a part", async () => {
    await show({ shape: [1_000_000, 10], selection: { top: 0, bottom: 1_000_000, left: 0, right: 10 } });
    expect(page.host.textContent).toMatch(/10,000,000 cells.*of \d+ loaded/);
  });
});

describe("editing", () => {
  test("typing replaces, Enter writes and moves down", async () => {
    await show();
    await press(current(), "0");
    expect(input().value).toBe("0");
    expect(document.activeElement).toBe(input());
    await type(input(), "0.1");
    await press(input(), "Enter");
    expect(onCommit.mock.calls).toEqual([[{ top: 1, bottom: 2, left: 2, right: 3 }, "0.1"]]);
    await settle();
    expect(current()).toBe(cell(2, 2));
    expect(document.activeElement).toBe(cell(2, 2));
  });

  test("F2 keeps the exact text, Tab writes and moves right", async () => {
    await show();
    await press(current(), "F2");
    expect(input().value).toBe("-1.5");
    await type(input(), "-1.25");
    await press(input(), "Tab");
    expect(onCommit.mock.calls[0]?.[1]).toBe("-1.25");
    await settle();
    expect(current()).toBe(cell(1, 3));
  });

  test("an unchanged text is not written", async () => {
    await show();
    await press(current(), "F2");
    await press(input(), "Enter");
    expect(onCommit).not.toHaveBeenCalled();
    expect(current()).toBe(cell(2, 2));
  });

  test("Ctrl+Enter fills the selection", async () => {
    const selection = { top: 1, bottom: 4, left: 2, right: 5 };
    await show({ selection });
    await press(current(), "5");
    await press(input(), "Enter", { ctrlKey: true });
    await settle();
    expect(onCommit.mock.calls).toEqual([[selection, "5"]]);
    expect(document.activeElement).toBe(cell(1, 2));
  });

  test("Esc keeps the old value", async () => {
    await show();
    await press(current(), "9");
    await press(input(), "Escape");
    expect(onCommit).not.toHaveBeenCalled();
    expect(cell(1, 2).textContent).toBe("−1.500");
    expect(document.activeElement).toBe(cell(1, 2));
  });

  test("the bar tells what will be stored", async () => {
    await show();
    await press(current(), "0");
    await type(input(), "0.1");
    await settle(120);
    expect(page.one("status").textContent).toBe("→ stored as 0.0999756 in float16 error −2.4e−5 0x2E66");
    expect(input().getAttribute("aria-describedby")).toBe(page.one("status").id);
  });

  test("a refused value keeps the text, the focus and the cursor, and says why at the cell", async () => {
    onCommit.mockResolvedValueOnce(REFUSED);
    await show();
    await press(current(), "1");
    await type(input(), "1abc");
    await press(input(), "Enter");
    await settle();
    const alert = page.one("alert");
    expect(alert.textContent).toBe(REFUSED.text);
    expect(cell(1, 2).contains(alert)).toBe(true);
    expect(input().value).toBe("1abc");
    expect(input().getAttribute("aria-describedby")).toBe(alert.id);
    await type(input(), "1");
    await press(input(), "Enter");
    await settle();
    expect(current()).toBe(cell(2, 2));
  });

  test("an empty text is refused here", async () => {
    await show();
    await press(current(), "F2");
    await type(input(), " ");
    await press(input(), "Enter");
    expect(onCommit).not.toHaveBeenCalled();
    expect(page.one("alert").textContent).toMatch(/Type a number/);
  });

  test("a cell on its way is marked, and the cursor goes on", async () => {
    let answer: (failure: Failure | null) => void = () => {};
    onCommit.mockImplementationOnce(() => new Promise((done) => (answer = done)));
    await show();
    await press(current(), "4");
    await press(input(), "Enter");
    expect(cell(1, 2).getAttribute("aria-busy")).toBe("true");
    expect(cell(1, 2).textContent).toBe("4");
    expect(page.all("textbox")).toHaveLength(0);
    expect(document.activeElement).toBe(cell(2, 2));
    answer(REFUSED);
    await settle();
    expect(input().value).toBe("4");
    expect(cell(1, 2).contains(input())).toBe(true);
    expect(page.one("alert").textContent).toBe(REFUSED.text);
    await press(input(), "Escape");
    expect(cell(1, 2).textContent).toBe("−1.500");
    expect(document.activeElement).toBe(cell(1, 2));
  });

  test("cells are typed one after the other while the kernel is busy; what is refused then, the bar says", async () => {
    let answer: (failure: Failure | null) => void = () => {};
    onCommit.mockImplementationOnce(() => new Promise((done) => (answer = done)));
    await show();
    await press(current(), "4");
    await press(input(), "Enter");
    await press(current(), "5");
    answer(REFUSED);
    await settle();
    expect(input().value).toBe("5");
    expect(cell(2, 2).contains(input())).toBe(true);
    expect(cell(1, 2).textContent).toBe("−1.500");
    expect(page.one("alert").textContent).toBe(`w[1, 2] was not changed: ${REFUSED.text}`);
    await press(input(), "Enter");
    await settle();
    expect(onCommit.mock.calls.map(([window, text]) => [window.top, text])).toEqual([
      [1, "4"],
      [2, "5"],
    ]);
  });

  test("a refusal does not fetch the focus back from elsewhere", async () => {
    let answer: (failure: Failure | null) => void = () => {};
    onCommit.mockImplementationOnce(() => new Promise((done) => (answer = done)));
    await show();
    const button = document.body.appendChild(document.createElement("button"));
    await press(current(), "4");
    await press(input(), "Enter");
    button.focus();
    answer(REFUSED);
    await settle();
    expect(document.activeElement).toBe(button);
    expect(page.all("textbox")).toHaveLength(0);
    expect(page.one("alert").textContent).toContain("w[1, 2] was not changed");
    button.remove();
  });

  test("a late answer does not fetch the focus back from elsewhere", async () => {
    let answer: (failure: Failure | null) => void = () => {};
    onCommit.mockImplementationOnce(() => new Promise((done) => (answer = done)));
    await show();
    const button = document.body.appendChild(document.createElement("button"));
    await press(current(), "4");
    await press(input(), "Enter");
    button.focus();
    answer(null);
    await settle();
    expect(page.all("textbox")).toHaveLength(0);
    expect(document.activeElement).toBe(button);
  });

  test("letters typed into a cell are no shortcuts", async () => {
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    await show();
    await press(current(), "3");
    await press(input(), "s");
    expect(heard).not.toHaveBeenCalled();
    document.removeEventListener("keydown", heard);
  });

  test("another tensor does not get what was typed for this one", async () => {
    await show();
    await press(current(), "3");
    const other = vi.fn(async () => null);
    await page.show(<Host label="Values of v" onCommit={other} />);
    await settle();
    expect(page.all("textbox")).toHaveLength(0);
    expect(onCommit.mock.calls).toEqual([[{ top: 1, bottom: 2, left: 2, right: 3 }, "3"]]);
    expect(other).not.toHaveBeenCalled();
    expect(page.all("alert")).toHaveLength(0);
  });

  test("what was typed for another tensor and is refused, is said with its name", async () => {
    onCommit.mockResolvedValueOnce(REFUSED);
    await show();
    await press(current(), "3");
    await page.show(<Host label="Values of v" />);
    await settle();
    expect(page.all("textbox")).toHaveLength(0);
    expect(page.one("alert").textContent).toBe(`w[1, 2] was not changed: ${REFUSED.text}`);
  });

  test("a refusal that comes when the grid is gone is said by the next one", async () => {
    for (const isLate of [false, true]) {
      let answer: (failure: Failure | null) => void = () => {};
      onCommit.mockImplementationOnce(() => new Promise((done) => (answer = done)));
      await show();
      await press(current(), "3");
      await page.show(<p />);
      if (!isLate) answer(REFUSED);
      await settle();
      await page.show(<Host label="Values of v" />);
      if (isLate) answer(REFUSED);
      await settle();
      expect(page.one("alert").textContent).toBe(`w[1, 2] was not changed: ${REFUSED.text}`);
      if (!isLate) await page.gone();
    }
  });

  test("an unchanged text is not written on leaving, a changed one is, also with the whole grid", async () => {
    await show();
    await press(current(), "F2");
    await page.show(<Host label="Values of v" />);
    expect(onCommit).not.toHaveBeenCalled();
    await press(current(), "3");
    await page.show(<p />);
    expect(onCommit).toHaveBeenCalledOnce();
  });

  test("a cell that changes while it is edited says what it is now", async () => {
    await show();
    await press(current(), "3");
    expect(page.host.textContent).toContain("was −1.5");
    const window = { top: 1, bottom: 2, left: 2, right: 3 };
    await page.show(<Host written={{ window, cells: [[{ text: "6.0", value: 6, edited: true }]] }} />);
    expect(input().value).toBe("3");
    expect(page.host.textContent).toContain("now 6.0 (was −1.5)");
  });

  test.each(["e", "f", "t", "y", "E"])("%s starts no number: it says so, and is no shortcut", async (key) => {
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    await show();
    await press(current(), key);
    expect(page.one("alert").textContent).toBe("Type a number.");
    expect(page.all("textbox")).toHaveLength(0);
    await press(current(), "ArrowDown");
    expect(page.all("alert")).toHaveLength(0);
    expect(heard).not.toHaveBeenCalled();
    for (const other of ["?", "/", "["]) await press(current(), other);
    await press(current(), "z", { ctrlKey: true });
    await press(current(), "e", { altKey: true });
    expect(heard).toHaveBeenCalledTimes(5);
    document.removeEventListener("keydown", heard);
  });

  test("a truth value begins with t or f", async () => {
    await show({ dtype: "bool" });
    for (const key of "yes") await press(current(), key);
    expect(page.one("alert").textContent).toBe("Type True or False.");
    await press(current(), "F");
    expect(input().value).toBe("F");
  });

  test("what was typed goes to the slice where the typing began", async () => {
    await show();
    await press(current(), "3");
    const other = vi.fn(async () => null);
    await page.show(<Host generation={1} onCommit={other} />);
    await press(input(), "Enter");
    await settle();
    expect(onCommit).toHaveBeenCalledOnce();
    expect(other).not.toHaveBeenCalled();
  });

  describe("on a slice whose cells are still on their way", () => {
    const never = new Promise<never>(() => {});
    const wrote: string[] = [];
    const slice = (at: number): Partial<ValuesProps> => ({
      plane: String(at),
      generation: at,
      address: (row, col) => `[${at}, ${row}, ${col}]`,
      fetch: at === 0 ? fetch : () => never,
      onCommit: async ({ top, left }, text) => {
        wrote.push(`[${at}, ${top}, ${left}] = ${text}`);
        return null;
      },
    });
    const busy = (at: number): Partial<ValuesProps> => ({
      ...slice(at),
      onCommit: async (window, text) => (await slice(at).onCommit?.(window, text)) ?? never,
    });
    const enter = async (text: string): Promise<void> => {
      await press(current(), text.slice(0, 1));
      await type(input(), text);
      await press(input(), "Enter");
      await settle(100);
      await press(current(), "ArrowUp");
    };

    beforeEach(() => {
      wrote.length = 0;
    });

    test("the text of a write that waits is at its own slice only, and the same one is written here, too", async () => {
      await show(busy(0));
      await enter("5");
      expect(cell(1, 2).textContent).toBe("5");
      await page.show(<Host {...busy(1)} />);
      expect(cell(1, 2).textContent).toBe("−1.500");
      expect(page.host.querySelector(".pw-fx")?.textContent).toBe("[1, 1, 2]");
      expect(cell(1, 2).getAttribute("aria-busy")).toBe("true");
      await enter("5");
      expect(wrote).toEqual(["[0, 1, 2] = 5", "[1, 1, 2] = 5"]);
      await page.show(<Host {...busy(0)} />);
      expect(cell(1, 2).textContent).toBe("5");
    });

    test("a text is written that was written to the slice before", async () => {
      await show(slice(0));
      await enter("5");
      await page.show(<Host {...slice(1)} />);
      await enter("5");
      expect(wrote).toEqual(["[0, 1, 2] = 5", "[1, 1, 2] = 5"]);
    });

    test("a text is written that the slice before holds, and F2 does not begin with it", async () => {
      await show(slice(0));
      await page.show(<Host {...slice(1)} />);
      await press(current(), "F2");
      expect(input().value).toBe("");
      expect(page.host.querySelector(".pw-fx")?.textContent).not.toContain("was");
      await press(input(), "Escape");
      await enter("-1.5");
      expect(wrote).toEqual(["[1, 1, 2] = -1.5"]);
    });
  });

  test("a text is written that the cell held before the model changed; one that was not typed is not", async () => {
    await show();
    await page.show(<Host generation={1} fetch={() => new Promise(() => {})} />);
    await press(current(), "F2");
    await press(input(), "Enter");
    await settle();
    expect(onCommit).not.toHaveBeenCalled();
    await press(current(), "ArrowUp");
    await press(current(), "-");
    await type(input(), "-1.5");
    await press(input(), "Enter");
    await settle();
    expect(onCommit.mock.calls).toEqual([[{ top: 1, bottom: 2, left: 2, right: 3 }, "-1.5"]]);
  });

  test("a text that the cell held when the typing began is written if it holds another now", async () => {
    await show();
    await press(current(), "-");
    await type(input(), "-1.5");
    const window = { top: 1, bottom: 2, left: 2, right: 3 };
    await page.show(<Host written={{ window, cells: [[{ text: "6.0", value: 6, edited: true }]] }} />);
    await press(input(), "Enter");
    await settle();
    expect(onCommit.mock.calls).toEqual([[window, "-1.5"]]);
  });

  test("what cannot be changed says so", async () => {
    await show({ locked: "These values cannot be changed." });
    expect(page.host.textContent).toContain("read only");
    await press(current(), "3");
    expect(page.all("textbox")).toHaveLength(0);
    expect(page.one("alert").textContent).toBe("These values cannot be changed.");
  });

  test("Delete does nothing", async () => {
    await show();
    await press(current(), "Delete");
    expect(page.all("textbox")).toHaveLength(0);
    expect(onCommit).not.toHaveBeenCalled();
  });
});

describe("a write that was answered", () => {
  test("is shown at once, though nothing newer was read", async () => {
    await show();
    const reads = fetched.length;
    const window = { top: 1, bottom: 2, left: 2, right: 3 };
    await page.show(<Host written={{ window, cells: [[{ text: "0.0999755859375", value: 0.1, edited: true }]] }} />);
    await settle();
    expect(cell(1, 2).title).toContain("0.0999755859375");
    expect(cell(1, 2).className).toContain("ed");
    expect(fetched.length).toBe(reads);
  });
});

describe("the clipboard", () => {
  function clip(kind: "copy" | "paste", text = ""): { text: string } {
    const held = { text };
    const event = new Event(kind, { bubbles: true, cancelable: true });
    const data = { getData: () => held.text, setData: (_: string, value: string) => (held.text = value) };
    Object.defineProperty(event, "clipboardData", { value: data });
    current().dispatchEvent(event);
    return held;
  }

  test("copies the exact texts of the selection", async () => {
    await show({ selection: { top: 1, bottom: 3, left: 2, right: 4 } });
    expect(clip("copy").text).toBe("-1.5\t-1.625\n-2.75\t-2.875");
  });

  test("copies of the slice on the screen, though that of before is still drawn", async () => {
    await show({ selection: { top: 1, bottom: 2, left: 2, right: 4 } });
    await page.show(
      <Host plane="next" selection={{ top: 1, bottom: 2, left: 2, right: 4 }} fetch={() => new Promise(() => {})} />,
    );
    expect(cell(1, 2).textContent).toBe("−1.500");
    expect(clip("copy").text).toBe("");
  });

  test("pastes a table at the cursor and selects it", async () => {
    await show();
    clip("paste", "1\t2\n3\t4\n");
    await settle();
    expect(onPaste.mock.calls).toEqual([
      [
        1,
        2,
        [
          ["1", "2"],
          ["3", "4"],
        ],
      ],
    ]);
    expect(onSelect).toHaveBeenLastCalledWith({ top: 1, bottom: 3, left: 2, right: 4 });
  });

  test("a decimal comma is asked back", async () => {
    await show();
    clip("paste", "1,5");
    await settle();
    expect(page.one("alert").textContent).toBe("Is 1,5 one number or two? Use a dot, or tabs.");
    expect(onPaste).not.toHaveBeenCalled();
  });

  test("one value fills a selection", async () => {
    const selection = { top: 0, bottom: 2, left: 0, right: 2 };
    await show({ selection, cursor: [0, 0] });
    clip("paste", "0.5\n");
    await settle();
    expect(onCommit.mock.calls).toEqual([[selection, "0.5"]]);
  });

  test("a refused paste says why", async () => {
    onPaste.mockResolvedValueOnce(REFUSED);
    await show();
    clip("paste", "a\tb");
    await settle();
    expect(page.one("alert").textContent).toBe(REFUSED.text);
  });
});

describe("a plane of one row", () => {
  test("is shown as the row that the menus of its axes speak of", async () => {
    await show({ shape: [1, 8], cursor: [0, 2] });
    expect(page.one("grid").getAttribute("aria-rowcount")).toBe("2");
    expect(page.all("columnheader").map((head) => head.textContent)).toEqual(["in ╲ out", ..."01234567"]);
    await press(current(), "ArrowRight");
    expect(current().dataset).toMatchObject({ row: "0", col: "3" });
  });
});

describe("a tensor of rank 1", () => {
  const vector = { upright: true, shape: [1, 40] as [number, number], axes: ["", "out"] as [string, string] };

  test("is shown as a column, with its cells marked by their place on the plane", async () => {
    await show({ ...vector, cursor: [0, 2] });
    expect(page.one("grid").getAttribute("aria-rowcount")).toBe("41");
    expect(page.all("columnheader").map((head) => head.textContent)).toEqual(["out", "value"]);
    expect(page.all("rowheader")[5]?.textContent).toBe("5");
    const place = page.host.querySelector("[role=gridcell][data-row='0'][data-col='5']");
    expect(place).toBe(cell(5, 0));
    expect(place?.textContent).toBe("−0.6250");
    expect(fetched[0]).toMatchObject({ top: 0, bottom: 1 });
    expect(page.host.querySelector(".adr")?.textContent).toBe("[0, 2]");
  });

  test("is walked down, selected and written in places of the plane", async () => {
    await show({ ...vector, cursor: [0, 2] });
    await press(current(), "ArrowDown");
    expect(current().dataset.col).toBe("3");
    expect(document.activeElement).toBe(cell(3, 0));
    await press(current(), "ArrowDown", { shiftKey: true });
    expect(onSelect).toHaveBeenLastCalledWith({ top: 0, bottom: 1, left: 3, right: 5 });
    await press(current(), "7");
    await press(input(), "Enter");
    await settle();
    expect(onCommit.mock.calls).toEqual([[{ top: 0, bottom: 1, left: 3, right: 4 }, "7"]]);
    expect(current().dataset.col).toBe("4");
    await press(current(), "8");
    await press(input(), "Tab");
    expect(current().dataset.col).toBe("5");
  });

  test("a click is on the cell below the pointer", async () => {
    await show({ ...vector, cursor: [0, 2] });
    cell(6, 0).dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, cancelable: true, button: 0 }));
    await settle();
    expect(current().dataset.col).toBe("6");
  });

  test.each([
    ["1\n2\n3", [["1", "2", "3"]], { top: 0, bottom: 1, left: 2, right: 5 }],
    ["1\t2\t3", [["1"], ["2"], ["3"]], { top: 0, bottom: 3, left: 2, right: 3 }], // the kernel refuses it
  ])("%j is pasted as it lies on the screen", async (text, texts, window) => {
    await show({ ...vector, cursor: [0, 2] });
    const event = new Event("paste", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "clipboardData", { value: { getData: () => text } });
    current().dispatchEvent(event);
    await settle();
    expect(onPaste.mock.calls).toEqual([[0, 2, texts]]);
    expect(onSelect).toHaveBeenLastCalledWith(window);
  });
});
