/**
 * The diverging colour map: hue is the sign, lightness is the magnitude, the same on both sides, so that it survives
 * grey print and colour blindness. Computed in OKLCH. Imports nothing.
 */

export interface ColorMap {
  /** CSS colour of `t` in [-1, 1]; beyond is clamped, NaN is grey. */
  css(t: number): string;
  rgb(t: number): [number, number, number];
}

const HALF = 256;
const ENTRIES = 2 * HALF + 1;
const GREY = { light: [150, 150, 150], dark: [128, 128, 128] } as const;

function oklch(lightness: number, chroma: number, hue: number): [number, number, number] {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function encode(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

function entry(t: number, dark: boolean): [number, number, number] {
  const size = Math.abs(t);
  if (dark) {
    const chroma = 0.135 * size ** 0.7 * (1 - 0.12 * size);
    return oklch(0.285 + 0.515 * size ** 0.85, chroma, t < 0 ? 36 + 6 * (1 - size) : 248 - 6 * (1 - size));
  }
  const rise = Math.sin(Math.min(1, size * 1.02) * Math.PI * 0.5);
  const chroma = 0.165 * rise * (t < 0 ? 1 : 0.9) * (1 - 0.1 * size);
  return oklch(0.968 - 0.538 * size ** 0.95, chroma, t < 0 ? 28 + 8 * (1 - size) : 254 - 8 * (1 - size));
}

const tables = new Map<boolean, Uint8Array>();
const maps = new Map<boolean, ColorMap>();

function table(dark: boolean): Uint8Array {
  let bytes = tables.get(dark);
  if (!bytes) {
    bytes = new Uint8Array(3 * ENTRIES);
    for (let i = 0; i < ENTRIES; i++) bytes.set(entry((i - HALF) / HALF, dark), 3 * i);
    tables.set(dark, bytes);
  }
  return bytes;
}

function offset(t: number): number {
  return 3 * (HALF + Math.max(-HALF, Math.min(HALF, Math.round(t * HALF))));
}

export function divergingMap(dark: boolean): ColorMap {
  const known = maps.get(dark);
  if (known) return known;
  const bytes = table(dark);
  const rgb = (t: number): [number, number, number] => {
    if (Number.isNaN(t)) return [...(dark ? GREY.dark : GREY.light)];
    const at = offset(t);
    return [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
  };
  const map = { rgb, css: (t: number) => `rgb(${rgb(t).join(",")})` };
  maps.set(dark, map);
  return map;
}

/** Black or white, whichever is read better on a colour; it always has more than 4.5:1. WCAG 2.2, relative luminance. */
export function inkOn([red, green, blue]: readonly [number, number, number]): string {
  const linear = (part: number): number => (part <= 10.31 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) > 0.179 ? "#000" : "#fff";
}

/** Fills RGBA pixels, one for each value. What is not finite becomes grey, because a pixel has no room for a sign. */
export function paint(values: Float32Array, domain: number, dark: boolean, pixels: Uint8ClampedArray): void {
  const bytes = table(dark);
  const grey = dark ? GREY.dark : GREY.light;
  const scale = HALF / (domain || 1);
  for (let i = 0, out = 0; i < values.length; i++, out += 4) {
    const value = values[i] ?? 0;
    if (Number.isFinite(value)) {
      const at = 3 * (HALF + Math.max(-HALF, Math.min(HALF, Math.round(value * scale))));
      pixels[out] = bytes[at] ?? 0;
      pixels[out + 1] = bytes[at + 1] ?? 0;
      pixels[out + 2] = bytes[at + 2] ?? 0;
    } else {
      pixels[out] = grey[0];
      pixels[out + 1] = grey[1];
      pixels[out + 2] = grey[2];
    }
    pixels[out + 3] = 255;
  }
}
