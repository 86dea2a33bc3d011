/** What drawing needs of a canvas, and the colours it draws with. Drawing takes these two, so it runs without a browser. */

export type Pen = Pick<
  CanvasRenderingContext2D,
  | "fillStyle"
  | "strokeStyle"
  | "lineWidth"
  | "globalAlpha"
  | "font"
  | "textAlign"
  | "textBaseline"
  | "imageSmoothingEnabled"
  | "fillRect"
  | "strokeRect"
  | "fillText"
  | "beginPath"
  | "closePath"
  | "moveTo"
  | "lineTo"
  | "rect"
  | "fill"
  | "stroke"
  | "clip"
  | "save"
  | "restore"
  | "setLineDash"
  | "drawImage"
>;

const NAMES = ["fg0", "fg", "mute", "faint", "line", "brand", "bg"] as const;

export type Inks = Record<(typeof NAMES)[number], string> & { font: string };

/** Reads the theme's colours where `host` stands: a canvas cannot resolve CSS variables by itself. */
export function readInks(host: HTMLElement): Inks {
  const probe = host.ownerDocument.createElement("i");
  probe.style.display = "none";
  host.append(probe);
  const style = getComputedStyle(probe);
  const inks: Record<string, string> = { font: `10px ${style.fontFamily || "sans-serif"}` };
  for (const name of NAMES) {
    probe.style.color = `var(--pw-${name})`;
    inks[name] = style.color;
  }
  probe.remove();
  return inks as Inks;
}
