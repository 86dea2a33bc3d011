import { describe, expect, test } from "vitest";
import {
  cellAt,
  clampView,
  fit,
  maxZoom,
  pan,
  request,
  reveal,
  scaleAt,
  span,
  WHOLE,
  zoomAbout,
} from "../../src/plots/viewport";

const ROOM = { width: 780, height: 300 };
const LARGE = [4096, 4096] as const;

describe("fitting the whole plane", () => {
  test("cells of a small plane are not stretched", () => {
    expect(fit([3, 4], ROOM)).toEqual({ row: 22, col: 22 });
  });

  test("cells are whole pixels where they can be", () => {
    expect(fit([16, 100], ROOM)).toEqual({ row: 7, col: 7 });
  });

  test("a drawn cell of a large plane is one pixel", () => {
    const scale = fit(LARGE, ROOM);
    expect(scale.col * Math.ceil(4096 / 780)).toBe(1);
    expect(scale.row * Math.ceil(4096 / 300)).toBe(1);
  });

  test("one value is one large cell", () => {
    expect(fit([1, 1], ROOM).row).toBeGreaterThan(40);
  });

  test.each([
    [1, 1],
    [16, 32],
    [4096, 10],
    [10, 4096],
    [1e9, 1e6],
  ] as const)("a plane of %i by %i fits", (rows, cols) => {
    const scale = fit([rows, cols], ROOM);
    expect(scale.row * rows).toBeLessThanOrEqual(ROOM.height + 1e-6);
    expect(scale.col * cols).toBeLessThanOrEqual(ROOM.width + 1e-6);
  });
});

describe("zooming", () => {
  const under = (view: typeof WHOLE, x: number, y: number) => {
    const scale = scaleAt(fit(LARGE, ROOM), view.zoom, ROOM);
    return [view.top + y / scale.row, view.left + x / scale.col];
  };

  test("the point below the pointer stays", () => {
    const before = { zoom: 8, top: 1000, left: 900 };
    const after = zoomAbout(before, 1.7, 333, 111, LARGE, ROOM);
    expect(after.zoom).toBeCloseTo(8 * 1.7);
    const [row, col] = under(before, 333, 111);
    expect(under(after, 333, 111)).toEqual([expect.closeTo(row as number, 6), expect.closeTo(col as number, 6)]);
  });

  test("out of the whole plane there is nothing", () => {
    expect(zoomAbout({ zoom: 1.2, top: 5, left: 5 }, 0.1, 9, 9, LARGE, ROOM)).toEqual(WHOLE);
  });

  test("it ends where cells are large", () => {
    const view = zoomAbout(WHOLE, 1e9, 100, 100, LARGE, ROOM);
    expect(view.zoom).toBe(maxZoom(fit(LARGE, ROOM), ROOM));
    expect(scaleAt(fit(LARGE, ROOM), view.zoom, ROOM)).toEqual({ row: 40, col: 40 });
  });

  test("a short axis grows up to its largest cell, a long one goes on", () => {
    const scale = scaleAt(fit([10, 50000], ROOM), 100, ROOM);
    expect(scale.row).toBe(40);
    expect(scale.col).toBeLessThan(3);
  });

  test("the view never leaves the plane", () => {
    const view = clampView({ zoom: 10, top: -50, left: 1e9 }, LARGE, ROOM);
    const { cols } = span(LARGE, ROOM, scaleAt(fit(LARGE, ROOM), 10, ROOM));
    expect(view.top).toBe(0);
    expect(view.left).toBeCloseTo(4096 - cols);
  });
});

test("panning moves the content with the pointer", () => {
  const view = { zoom: 20, top: 500, left: 500 };
  const scale = scaleAt(fit(LARGE, ROOM), 20, ROOM);
  const moved = pan(view, 30, -10, LARGE, ROOM);
  expect(moved.left).toBeCloseTo(500 - 30 / scale.col);
  expect(moved.top).toBeCloseTo(500 + 10 / scale.row);
});

test("revealing moves as little as possible", () => {
  const view = { zoom: 50, top: 1000, left: 1000 };
  expect(reveal(view, [1001, 1001], LARGE, ROOM)).toEqual(view);
  expect(reveal(view, [900, 1001], LARGE, ROOM).top).toBe(900);
  const { rows } = span(LARGE, ROOM, scaleAt(fit(LARGE, ROOM), 50, ROOM));
  expect(reveal(view, [2000, 1001], LARGE, ROOM).top).toBeCloseTo(2001 - rows);
});

test("cells below points, and none beside the plane", () => {
  expect(cellAt(WHOLE, 23, 1, [3, 4], ROOM)).toEqual([0, 1]);
  expect(cellAt(WHOLE, 4 * 22 + 1, 1, [3, 4], ROOM)).toBeNull();
  expect(cellAt(WHOLE, -1, 1, [3, 4], ROOM)).toBeNull();
});

describe("the tile asked for", () => {
  test("of a plane that fits: every cell", () => {
    expect(request(WHOLE, [16, 32], ROOM)).toEqual({
      window: { top: 0, bottom: 16, left: 0, right: 32 },
      height: 16,
      width: 32,
    });
  });

  test("of a large plane: no more cells than pixels, in whole steps", () => {
    const { window, height, width } = request(WHOLE, LARGE, ROOM);
    expect(window).toEqual({ top: 0, bottom: 4096, left: 0, right: 4096 });
    expect(width).toBe(Math.ceil(4096 / 6));
    expect(height).toBe(Math.ceil(4096 / 14));
  });

  test("panning a little keeps the cells that are drawn together", () => {
    const first = request({ zoom: 2, top: 100, left: 100 }, LARGE, ROOM);
    const second = request({ zoom: 2, top: 103, left: 101 }, LARGE, ROOM);
    const step = Math.ceil((first.window.bottom - first.window.top) / first.height);
    expect(first.window.top % step).toBe(0);
    expect(second.window.top % step).toBe(0);
  });

  test.each([1, 1.01, 3, 77, 5000, 1e9])("stays within the plane and the limits at zoom %d", (zoom) => {
    const shape = [1e9, 1e6] as const;
    const { window, height, width } = request(clampView({ zoom, top: 1e9, left: 1e6 }, shape, ROOM), shape, ROOM);
    expect(window.bottom).toBeLessThanOrEqual(1e9);
    expect(window.right).toBeLessThanOrEqual(1e6);
    expect(window.top).toBeLessThan(window.bottom);
    expect(Math.max(height, width)).toBeLessThanOrEqual(4096);
    expect(Number.isInteger(window.top) && Number.isInteger(window.left)).toBe(true);
  });
});

describe("kernels", () => {
  test("are asked for one by one only where each of their values has a pixel", () => {
    const room = { width: 400, height: 240, within: [3, 3] as const };
    expect(request(WHOLE, [16, 32], room)).toMatchObject({ height: 16, width: 32 });
    const { height, width } = request(WHOLE, [512, 512], room);
    expect(height).toBeLessThanOrEqual(80);
    expect(width).toBeLessThanOrEqual(134);
  });

  test("grow until their values are as large as cells of a grid", () => {
    const room = { width: 400, height: 240, within: [3, 3] as const };
    const fitted = fit([512, 512], room);
    expect(scaleAt(fitted, maxZoom(fitted, room), room)).toEqual({ row: 60, col: 60 });
  });
});
