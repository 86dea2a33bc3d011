import { describe, expect, test } from "vitest";
import { type BinScene, drawBins, placed } from "../../src/plots/bins";
import { divergingMap } from "../../src/plots/colormap";
import type { TileData } from "../../src/plots/draw";
import { frameOf } from "../../src/plots/frame";
import type { Inks, Pen } from "../../src/plots/pen";
import { drawScene, type Scene } from "../../src/plots/scene";
import { roundStep, ticks } from "../../src/plots/ticks";
import { WHOLE } from "../../src/plots/viewport";

const INKS: Inks = {
  fg0: "fg0",
  fg: "fg",
  mute: "mute",
  faint: "faint",
  line: "line",
  brand: "brand",
  bg: "bg",
  font: "10px x",
};

interface Call {
  name: string;
  args: unknown[];
  fill: unknown;
}

/** A pen that remembers what it was told. */
function recorder(): { pen: Pen; calls: Call[] } {
  const calls: Call[] = [];
  const state: Record<string, unknown> = {};
  const pen = new Proxy(state, {
    get: (_, name: string) =>
      name in state ? state[name] : (...args: unknown[]) => calls.push({ name, args, fill: state.fillStyle }),
  });
  return { pen: pen as unknown as Pen, calls };
}

function tileOf(rows: number, cols: number, values: number[], step = 1): TileData {
  const [height, width] = [Math.ceil(rows / step), Math.ceil(cols / step)];
  const window = { top: 0, bottom: rows, left: 0, right: cols };
  const plane = { rows: 0, cols: 1, fixed: [0, 0] };
  return {
    tile: { kind: "Tile", path: "w", plane, window, height, width, step_row: step, step_col: step, sampled: 1 },
    values: Float32Array.from(values),
    rowNorms: new Float32Array(height).fill(1),
    colNorms: new Float32Array(width).fill(1),
  };
}

function draw(rows: number, cols: number, data: TileData, more: Partial<Scene> = {}): Call[] {
  const { pen, calls } = recorder();
  const frame = frameOf({ width: 600, height: 300 }, [rows, cols], ["in", "out"], WHOLE);
  const picture = () => ({}) as CanvasImageSource;
  const still = { cursor: [0, 0] as const, selection: null, dashed: false };
  drawScene(pen, { frame, data, backdrop: null, picture, domain: 1, dark: false, inks: INKS, ...still, ...more });
  return calls;
}

const named = (calls: Call[], name: string) => calls.filter((call) => call.name === name);

describe("cells", () => {
  test("are coloured by value over domain", () => {
    const fills = named(draw(1 + 1, 2, tileOf(2, 2, [0.5, -0.5, 0, 9]), { domain: 2 }), "fillRect").map((c) => c.fill);
    const map = divergingMap(false);
    expect(fills.slice(0, 4)).toEqual([0.25, -0.25, 0, 1].map((t) => map.css(t)));
  });

  test("have a gap where there is room for one", () => {
    const [first, second] = named(draw(2, 2, tileOf(2, 2, [1, 1, 1, 1])), "fillRect");
    expect(first?.args[2]).toBe(21);
    expect((second?.args[0] as number) - (first?.args[0] as number)).toBe(22);
  });

  test("that hold no number are grey with a mark", () => {
    const calls = draw(2, 2, tileOf(2, 2, [Number.NaN, Infinity, -Infinity, 0]));
    const fills = named(calls, "fillRect").slice(0, 4);
    expect(fills.map((call) => call.fill).slice(0, 3)).toEqual(["faint", "faint", "faint"]);
    const strokes = named(calls, "lineTo").length;
    expect(strokes).toBe(2 + 2 + 1); // cross, plus, minus
  });

  test("that are small are drawn as one picture", () => {
    const calls = draw(4096, 4096, tileOf(4096, 4096, Array(256 * 256).fill(0), 16));
    expect(named(calls, "drawImage")).toHaveLength(1);
    expect(named(calls, "fillRect").length).toBe(256 + 256); // the margins only
  });

  test("of an older tile are drawn where they belong in the new view", () => {
    const { pen, calls } = recorder();
    const pane = { width: 600, height: 300 };
    const frame = frameOf(pane, [4096, 4096], ["in", "out"], { zoom: 2, top: 1000, left: 1000 });
    const data = tileOf(4096, 4096, Array(256 * 256).fill(0), 16);
    const picture = () => ({}) as CanvasImageSource;
    drawScene(pen, {
      ...{ frame, data, backdrop: null, picture, domain: 1, dark: false, inks: INKS },
      ...{ cursor: [0, 0], selection: null, dashed: false },
    });
    const [, x, y, width] = (named(calls, "drawImage")[0]?.args ?? []) as [unknown, number, number, number];
    expect(x).toBeCloseTo(frame.left - 1000 * frame.scale.col, 0);
    expect(y).toBeCloseTo(frame.top - 1000 * frame.scale.row, 0);
    expect(width).toBeCloseTo(4096 * frame.scale.col, 0);
  });

  test("have the background in their gaps, not the overview that was drawn before", () => {
    const backdrop = tileOf(2, 2, [1, 1, 1, 1]);
    const calls = draw(2, 2, tileOf(2, 2, [0, 0, 0, 0]), { backdrop });
    const cleared = calls.findIndex((call) => call.name === "fillRect" && call.fill === "bg");
    expect(calls[cleared]?.args.slice(2)).toEqual([44, 44]);
    const drawn = calls.map((call, i) => (call.name === "clip" ? i : -1)).filter((i) => i >= 0);
    expect(drawn[0]).toBeLessThan(cleared);
    expect(drawn[1]).toBeGreaterThan(cleared);
  });

  test("a tile of another shape is not drawn", () => {
    expect(named(draw(2, 2, tileOf(3, 2, [1, 1, 1, 1, 1, 1])), "clip")).toHaveLength(0);
  });
});

describe("what lies over the cells", () => {
  test("a pending selection is dashed, an applied one is not", () => {
    const data = tileOf(2, 2, [0, 0, 0, 0]);
    const selection = { top: 0, bottom: 2, left: 0, right: 1 };
    expect(named(draw(2, 2, data, { selection, dashed: true }), "setLineDash")).toHaveLength(1);
    expect(named(draw(2, 2, data, { selection }), "setLineDash")).toHaveLength(0);
  });

  test("a selection of everything is not outlined", () => {
    const data = tileOf(2, 2, [0, 0, 0, 0]);
    const all = { top: 0, bottom: 2, left: 0, right: 2 };
    expect(named(draw(2, 2, data, { selection: all }), "strokeRect")).toHaveLength(3); // frame and cursor
  });
});

describe("rank 1", () => {
  const values = [0.5, -0.25, 4];

  test("is drawn as bars from zero", () => {
    const frame = frameOf({ width: 600, height: 300 }, [1, 3], ["", "out"], WHOLE);
    expect(frame.kind).toBe("bars");
    const { pen, calls } = recorder();
    drawScene(pen, {
      ...{ frame, data: tileOf(1, 3, values), backdrop: null, picture: () => null, domain: 1, dark: false },
      ...{ inks: INKS, cursor: [0, 0], selection: null, dashed: false },
    });
    const colours = values.map((value) => divergingMap(false).css(value));
    const bars = named(calls, "fillRect").filter((call) => colours.includes(String(call.fill)));
    expect(bars.map((bar) => bar.args[3])).toEqual([frame.height / 4, frame.height / 8, frame.height / 2]);
    const zero = frame.top + frame.height / 2;
    expect(bars.map((bar) => bar.args[1])).toEqual([zero - frame.height / 4, zero, frame.top]);
  });

  test("is a strip when there are too many", () => {
    expect(frameOf({ width: 600, height: 300 }, [1, 5000], ["", "out"], WHOLE).kind).toBe("strip");
  });
});

describe("ticks", () => {
  test("are true indices of the window", () => {
    expect(ticks(1000.4, 1010, 22, 26)).toEqual([1002, 1004, 1006, 1008]);
    expect(ticks(0, 4096, 1 / 6, 34)).toEqual([
      0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000, 2250, 2500, 2750, 3000, 3250, 3500, 3750, 4000,
    ]);
  });

  test("stand at round distances, however large", () => {
    expect(roundStep(3)).toBe(4);
    expect(roundStep(501)).toBe(1000);
    expect(roundStep(2.1e8)).toBe(5e8);
  });
});

test("no index runs into the name of the column axis", () => {
  const frame = frameOf({ width: 600, height: 300 }, [4, 1025], ["in", "out"], WHOLE);
  const { pen, calls } = recorder();
  drawScene(pen, {
    ...{ frame, data: tileOf(4, 1025, []), backdrop: null, picture: () => null, domain: 1, dark: false },
    ...{ inks: INKS, cursor: [0, 0], selection: null, dashed: false },
  });
  const texts = named(calls, "fillText").filter((call) => call.args[2] === 9);
  expect(texts.map((call) => call.args[0])).toContain("out");
  const numbers = texts.filter((call) => call.args[0] !== "out");
  expect(numbers.length).toBeGreaterThan(5);
  expect(numbers.map((call) => call.args[0])).not.toContain("1024");
  for (const { args } of numbers) {
    expect((args[1] as number) + String(args[0]).length * 3).toBeLessThan(frame.left + frame.width + 4);
  }
});

describe("histogram", () => {
  const histogram = { low: -1, high: 1, counts: [1, 10, 100, 0], under: 2, over: 0 };

  test("bins lie on the axis of the domain", () => {
    expect(placed(histogram, 1, 200).map((bin) => [bin.from, bin.to])).toEqual([
      [0, 50],
      [50, 100],
      [100, 150],
      [150, 200],
    ]);
    expect(placed(histogram, 2, 200)[0]).toEqual({ from: 50, to: 75, count: 1 });
  });

  test("no value is lost when bins are drawn together", () => {
    const many = { ...histogram, counts: Array(512).fill(3) };
    const bins = placed(many, 1, 200);
    expect(bins.length).toBeLessThanOrEqual(64);
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(512 * 3);
  });

  const heights = (log: boolean) => {
    const { pen, calls } = recorder();
    const scene: BinScene = { histogram, outline: undefined, domain: 1, dark: false, log, width: 200, inks: INKS };
    drawBins(pen, scene);
    return {
      heights: named(calls, "fillRect")
        .slice(0, 3)
        .map((call) => call.args[3] as number),
      calls,
    };
  };

  test("the highest bar leaves room for the switch above", () => {
    const tops = named(heights(false).calls, "fillRect").map((call) => call.args[1] as number);
    expect(Math.min(...tops)).toBeGreaterThanOrEqual(16);
  });

  test("log counts raise small bins", () => {
    expect(heights(true).heights[0]).toBeGreaterThan((heights(false).heights[0] ?? 0) * 3);
  });

  test("an end with values beyond is pointed", () => {
    expect(named(heights(false).calls, "fill")).toHaveLength(2); // both halves of the low end
  });
});

describe("kernels", () => {
  const within: [number, number] = [3, 3];
  const kernels = (rows: number, cols: number, size: { width: number; height: number }, value = 1) => {
    const data = tileOf(rows, cols, Array(rows * cols * 9).fill(value));
    Object.assign(data.tile, { inner: [0, 1], within });
    const frame = frameOf(size, [rows, cols], ["in", "out"], WHOLE, 1, within);
    return { frame, calls: draw(rows, cols, data, { frame }) };
  };

  test("are drawn value by value where there is room, with a gap between them", () => {
    const { frame, calls } = kernels(2, 4, { width: 600, height: 300 });
    expect(frame.scale).toEqual({ row: 23, col: 23 });
    const fills = named(calls, "fillRect").slice(0, 18);
    expect(fills.map((call) => call.args[2])).toEqual(Array(18).fill(7));
    expect((fills[9]?.args[0] as number) - (fills[2]?.args[0] as number)).toBe(7 + 2);
  });

  test("have a mark at each value that is no number", () => {
    const { calls } = kernels(1, 2, { width: 600, height: 300 }, Number.NaN);
    expect(named(calls, "lineTo")).toHaveLength(2 * 9 * 2);
  });

  test("are small pictures of whole pixels where there is less", () => {
    const { frame, calls } = kernels(16, 32, { width: 380, height: 200 });
    expect(frame.scale).toEqual({ row: 10, col: 10 });
    const images = named(calls, "drawImage");
    expect(images).toHaveLength(16 * 32);
    expect(images[33]?.args.slice(1)).toEqual([3, 3, 3, 3, frame.left + 10, frame.top + 10, 9, 9]);
  });

  test("are one picture where there is least", () => {
    const { calls } = kernels(64, 128, { width: 500, height: 260 });
    expect(named(calls, "drawImage")).toHaveLength(1);
  });

  test("of one input are not drawn as bars", () => {
    expect(kernels(1, 16, { width: 600, height: 300 }).frame.kind).toBe("cells");
  });
});
