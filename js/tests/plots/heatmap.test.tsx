import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Heatmap, type HeatmapProps } from "../../src/plots/heatmap";
import { type Mounted, mount, press, settle } from "./mounting";

const onCursor = vi.fn();
const onSelect = vi.fn();
const onWindow = vi.fn();
const onEdit = vi.fn();

function props(more: Partial<HeatmapProps> = {}): HeatmapProps {
  return {
    ...{ data: null, shape: [16, 20], axes: ["in", "out"], domain: 1, dark: false, cursor: [3, 4], selection: null },
    ...{ pending: false, label: "Heatmap of w", onCursor, onSelect, onWindow, onEdit },
    ...more,
  };
}

let page: Mounted;
const show = async (more: Partial<HeatmapProps> = {}) => {
  page = await mount(<Heatmap {...props(more)} />);
  await settle(5);
};
const canvas = () => page.one("img", "Heatmap of w. Press 2 for the values as a grid.");

// The cells begin at 26, 30 and are 22 pixels large, in a pane of 640 by 480.
function point(kind: string, row: number, col: number, more: PointerEventInit = {}): Promise<void> {
  const place = { clientX: 26 + col * 22 + 9, clientY: 30 + row * 22 + 9, movementX: 1, movementY: 1 };
  return act(async () => {
    const event = new PointerEvent(kind, {
      bubbles: true,
      cancelable: true,
      button: 0,
      pointerId: 1,
      ...place,
      ...more,
    });
    for (const [name, value] of Object.entries(place)) {
      if ((event as unknown as Record<string, unknown>)[name] !== value) Object.defineProperty(event, name, { value });
    }
    canvas().dispatchEvent(event);
  });
}

function wheel(deltaY: number): Promise<boolean> {
  let free = true;
  return act(async () => {
    const event = new WheelEvent("wheel", { deltaY, bubbles: true, cancelable: true });
    Object.defineProperties(event, { clientX: { value: 200 }, clientY: { value: 200 } });
    canvas().dispatchEvent(event);
    free = !event.defaultPrevented;
  }).then(() => free);
}

beforeEach(() => vi.clearAllMocks());
afterEach(() => page.gone());

test("an empty tensor gets a sentence", async () => {
  await show({ shape: [0, 4] });
  expect(page.host.textContent).toBe("This tensor has no values.");
  expect(onWindow).not.toHaveBeenCalled();
});

describe("tiles", () => {
  test("the whole plane is asked for first", async () => {
    await show();
    expect(onWindow.mock.calls).toEqual([[{ top: 0, bottom: 16, left: 0, right: 20 }, 16, 20]]);
  });

  test("a tile that is there already is not asked for", async () => {
    const window = { top: 0, bottom: 16, left: 0, right: 20 };
    const plane = { rows: 0, cols: 1, fixed: [0, 0] };
    const size = { height: 16, width: 20, step_row: 1, step_col: 1, sampled: 1 };
    const data = {
      tile: { kind: "Tile" as const, path: "w", plane, window, ...size },
      values: new Float32Array(320),
      rowNorms: new Float32Array(16),
      colNorms: new Float32Array(20),
    };
    await show({ data });
    expect(onWindow).not.toHaveBeenCalled();
  });

  test("the cells of the tensor before are wiped off while there are none of the new one", async () => {
    await show();
    const wiped = vi.fn();
    const pen = { setTransform: vi.fn(), clearRect: wiped };
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(pen as unknown as null);
    await page.show(<Heatmap {...props({ label: "Heatmap of v" })} />);
    expect(wiped).toHaveBeenCalledWith(0, 0, 640, 480);
    vi.restoreAllMocks();
  });

  test("another tensor is asked for whole, even of the same shape", async () => {
    await show();
    await press(canvas(), "+");
    await page.show(<Heatmap {...props({ label: "Heatmap of v" })} />);
    await settle(80);
    expect(onWindow).toHaveBeenLastCalledWith({ top: 0, bottom: 16, left: 0, right: 20 }, 16, 20);
  });

  test("zooming asks for what is visible, 0 for the whole plane again", async () => {
    await show({ shape: [4096, 4096] });
    for (let i = 0; i < 6; i++) await press(canvas(), "+");
    await settle(80);
    const [window] = onWindow.mock.lastCall as [{ top: number; bottom: number }];
    expect(window.bottom - window.top).toBeLessThan(2000);
    await press(canvas(), "0");
    await settle(80);
    expect(onWindow.mock.lastCall?.[0]).toEqual({ top: 0, bottom: 4096, left: 0, right: 4096 });
  });
});

describe("keys", () => {
  test.each([
    ["ArrowDown", {}, [4, 4]],
    ["ArrowLeft", {}, [3, 3]],
    ["ArrowRight", { ctrlKey: true }, [3, 19]],
    ["ArrowUp", { ctrlKey: true }, [0, 4]],
  ] as const)("%s moves the cursor", async (key, held, cell) => {
    await show();
    await press(canvas(), key, held);
    expect(onCursor.mock.calls).toEqual([cell]);
  });

  test("Shift extends the selection from the cursor", async () => {
    await show({ selection: { top: 3, bottom: 5, left: 4, right: 5 } });
    await press(canvas(), "ArrowRight", { shiftKey: true });
    expect(onSelect.mock.calls).toEqual([[{ top: 3, bottom: 5, left: 4, right: 6 }]]);
    expect(onCursor).not.toHaveBeenCalled();
  });

  test("Enter edits; keys of others go on to them", async () => {
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    await show();
    await press(canvas(), "Enter");
    expect(onEdit).toHaveBeenCalledOnce();
    expect(heard).not.toHaveBeenCalled();
    await press(canvas(), "2");
    expect(heard).toHaveBeenCalledOnce();
    document.removeEventListener("keydown", heard);
  });
});

describe("pointer", () => {
  test("hovering moves the cursor, a click drops the selection", async () => {
    await show({ selection: { top: 0, bottom: 2, left: 0, right: 2 } });
    await point("pointermove", 7, 8);
    expect(onCursor.mock.calls).toEqual([[7, 8]]);
    await point("pointerdown", 7, 8);
    await point("pointerup", 7, 8);
    expect(onSelect.mock.calls).toEqual([[null]]);
  });

  test("a drag selects as long as the whole plane is shown", async () => {
    await show();
    await point("pointerdown", 2, 3);
    await point("pointermove", 5, 6);
    await point("pointerup", 5, 6);
    expect(onCursor.mock.calls).toEqual([[2, 3]]);
    expect(onSelect).toHaveBeenLastCalledWith({ top: 2, bottom: 6, left: 3, right: 7 });
  });

  test("when zoomed in a drag pans, with Shift it selects", async () => {
    await show({ shape: [400, 400] });
    for (let i = 0; i < 4; i++) await press(canvas(), "+");
    await point("pointerdown", 8, 8);
    await point("pointermove", 4, 4);
    await point("pointerup", 4, 4);
    expect(onSelect).not.toHaveBeenCalled();
    await settle(80);
    const [window] = onWindow.mock.lastCall as [{ top: number; left: number }];
    expect(window.top).toBeGreaterThan(0);
    expect(window.left).toBeGreaterThan(0);
    await point("pointerdown", 8, 8, { shiftKey: true });
    await point("pointermove", 4, 4, { shiftKey: true });
    expect(onSelect).toHaveBeenCalledOnce();
  });

  test("a double click edits the cell", async () => {
    await show();
    await point("dblclick", 1, 2);
    expect(onCursor.mock.calls).toEqual([[1, 2]]);
    expect(onEdit).toHaveBeenCalledOnce();
  });

  test("the wheel belongs to the page until the pointer moves here, and where there is nothing to zoom out of", async () => {
    await show({ shape: [400, 400] });
    expect(await wheel(-100)).toBe(true);
    await point("pointermove", 3, 3);
    expect(await wheel(100)).toBe(true);
    expect(await wheel(-100)).toBe(false);
    expect(await wheel(100)).toBe(false);
  });
});
