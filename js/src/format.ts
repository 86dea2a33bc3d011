/** Numbers to text; the only place. Minus is the true minus sign, so that columns of figures align. */

const MINUS = "\u2212";

export function minus(text: string): string {
  return text.replaceAll("-", MINUS);
}

/** A value with about four significant digits, or with `decimals` behind the point. */
export function num(value: number, decimals?: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : `${MINUS}Inf`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (decimals === undefined) {
    if (size < 1e-3 || size >= 1e5) return minus(value.toExponential(size < 1e-3 ? 1 : 2).replace("e+", "e"));
    return minus(value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4));
  }
  return minus(value.toFixed(decimals));
}

/** A value in about four characters, for a small cell: `.175`, `−1.2`, `34`. */
export function brief(value: number): string {
  if (!Number.isFinite(value) || value === 0) return num(value);
  const size = Math.abs(value);
  if (size < 5e-4 || size >= 1e4) return minus(value.toExponential(0).replace("e+", "e"));
  const decimals = size >= 99.5 ? 0 : size >= 9.95 ? 1 : size >= 0.9995 ? 2 : 3;
  return minus(value.toFixed(decimals).replace(/^(-?)0\./, "$1."));
}

/** All digits of a value, without the zeros that `num` fills up with: 0.35. */
export function exact(value: number): string {
  const size = Math.abs(value);
  return minus(size !== 0 && (size >= 1e5 || size < 1e-3) ? value.toExponential().replace("e+", "e") : String(value));
}

/** A value of a tensor as its type has it: no decimals for integers, words for truth values. */
export function typed(value: number, dtype: string): string {
  if (/^bool/.test(dtype) && (value === 0 || value === 1)) return value === 1 ? "True" : "False";
  if (/^u?int/.test(dtype) && Number.isInteger(value) && Math.abs(value) < 1e9) return minus(String(value || 0));
  return num(value);
}

/** A whole number with thousands separators. */
export function int(value: number): string {
  return minus(Math.round(value).toLocaleString("en-US"));
}

/** A count for a narrow column: exact up to six digits, then 1.23 M, 12.3 M, 123 M, 1.2 G. */
export function count(value: number): string {
  if (value < 1e6) return int(value);
  const [unit, scale] = value < 999.5e6 ? ["M", 1e6] : value < 999.5e9 ? ["G", 1e9] : ["T", 1e12];
  const scaled = value / (scale as number);
  return `${scaled.toFixed(scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2)} ${unit}`;
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${unit === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[unit]}`;
}

/** A share from 0 to 1. It never rounds to a whole that is not true: 99.97 % is not 100 %. */
export function percent(share: number, decimals = 1): string {
  if (Number.isNaN(share)) return "–";
  const least = 10 ** -decimals;
  const value = share * 100;
  if (value > 0 && value < least / 2) return `<${least}%`;
  if (value < 100 && value > 100 - least / 2) return `>${(100 - least).toFixed(decimals)}%`;
  return `${value.toFixed(decimals)}%`;
}

/** A number with its sign, whichever it is. */
export function signed(value: number): string {
  return value > 0 ? `+${num(value).replace("+", "")}` : num(value);
}

/** Time of day of seconds since 1970: 14:05. */
export function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

export function moment(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString("en-GB");
}

export function shape(sizes: readonly number[]): string {
  return sizes.length === 0 ? "scalar" : sizes.join("×");
}

// they would turn the text beside them around, or not be seen at all
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A name or path as text to look at: what cannot be seen in it is written out. */
export function name(text: string): string {
  if (text === "") return "\u2039empty\u203a";
  if (text.trim() === "" && text.search(UNSEEN) < 0) return "␣".repeat(text.length);
  return text.replace(UNSEEN, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}

/** A sentence begins with a capital, but for one that begins with a path or a piece of code. */
export function capital(text: string): string {
  if (/^\S*[/.[_]\S/.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function plural(value: number, noun: string): string {
  return `${int(value)} ${noun}${value === 1 ? "" : "s"}`;
}
