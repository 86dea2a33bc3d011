/** Draws a histogram above the colour axis that is its x axis and the legend at once. Pure apart from the pen. */

import type { Histogram } from "../protocol";
import { divergingMap } from "./colormap";
import type { Inks, Pen } from "./pen";

export const HEIGHT = 63;

const AXIS = 7;
/** Free of bars: the switch of the scale stands there. */
const SWITCH = 16;
const FLOOR = HEIGHT - AXIS - 5;
const NARROWEST = 4;

export interface BinScene {
  histogram: Histogram;
  /** The histogram before the change that is shown, as a line. */
  outline: Histogram | undefined;
  domain: number;
  dark: boolean;
  log: boolean;
  width: number;
  inks: Inks;
}

export function drawBins(pen: Pen, scene: BinScene): void {
  const { inks, width, log } = scene;
  const now = placed(scene.histogram, scene.domain, width);
  const before = scene.outline ? placed(scene.outline, scene.domain, width) : [];
  const size = (count: number) => (log ? Math.log10(count + 1) : count);
  const most = Math.max(...now.map((bin) => size(bin.count)), ...before.map((bin) => size(bin.count)), 0) * 1.04 || 1;
  const height = (count: number) => Math.max(count > 0 ? 1 : 0, (size(count) / most) * (FLOOR - SWITCH));

  pen.fillStyle = inks.mute;
  pen.globalAlpha = 0.55;
  for (const { from, to, count } of now) {
    const tall = height(count);
    if (tall > 0) pen.fillRect(from, FLOOR - tall, Math.max(1, to - from - 1), tall);
  }
  pen.globalAlpha = 0.75;
  pen.strokeStyle = inks.fg;
  pen.lineWidth = 1;
  if (before.length > 0) {
    pen.beginPath();
    for (const [i, { from, to, count }] of before.entries()) {
      const y = FLOOR - height(count) - 0.5;
      if (i === 0) pen.moveTo(from, y);
      else pen.lineTo(from, y);
      pen.lineTo(to - 1, y);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
  drawColours(pen, scene);
}

function drawColours(pen: Pen, { histogram, dark, width, inks }: BinScene): void {
  const map = divergingMap(dark);
  for (let x = 0; x < width; x++) {
    pen.fillStyle = map.css(((x + 0.5) / width) * 2 - 1);
    pen.fillRect(x, FLOOR + 3, 1, AXIS);
  }
  pen.strokeStyle = inks.fg;
  pen.globalAlpha = 0.25;
  pen.lineWidth = 1;
  pen.strokeRect(0.5, FLOOR + 3.5, width - 1, AXIS - 1);
  pen.globalAlpha = 1;
  pen.fillStyle = inks.fg;
  pen.fillRect(width / 2 - 0.5, FLOOR + 1, 1, AXIS + 3);
  if (histogram.under > 0) drawPoint(pen, 0, 1, inks);
  if (histogram.over > 0) drawPoint(pen, width, -1, inks);
}

/** Cuts the end of the colour axis to a point: there are values beyond. */
function drawPoint(pen: Pen, end: number, inward: number, inks: Inks): void {
  pen.fillStyle = inks.bg;
  for (const y of [FLOOR + 2.5, FLOOR + 3.5 + AXIS]) {
    pen.beginPath();
    pen.moveTo(end, y);
    pen.lineTo(end + inward * 6, y);
    pen.lineTo(end, FLOOR + 3 + AXIS / 2);
    pen.closePath();
    pen.fill();
  }
}

interface Bin {
  from: number;
  to: number;
  count: number;
}

/** Bins at their places on the axis; neighbours are added up where a bin would be too narrow to see. */
export function placed(histogram: Histogram, domain: number, width: number): Bin[] {
  const { counts } = histogram;
  const [low, high] = [Number(histogram.low), Number(histogram.high)];
  if (counts.length === 0 || !(high > low) || !(domain > 0)) return [];
  const x = (value: number) => Math.round(((value + domain) / (2 * domain)) * width);
  const pixels = ((high - low) / (2 * domain)) * (width / counts.length);
  const together = Math.max(1, 2 ** Math.ceil(Math.log2(NARROWEST / pixels) - 0.2));
  const bins: Bin[] = [];
  for (let i = 0; i < counts.length; i += together) {
    const part = counts.slice(i, i + together);
    const at = (bin: number) => x(low + ((high - low) * bin) / counts.length);
    bins.push({ from: at(i), to: at(i + part.length), count: part.reduce((sum, count) => sum + count, 0) });
  }
  return bins.filter((bin) => bin.to > 0 && bin.from < width);
}
