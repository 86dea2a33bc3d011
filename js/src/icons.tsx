/** Line icons on a 16 px grid. They are decoration: the text of the control carries the meaning. */

import type { ComponentChildren, JSX } from "preact";
import type { ColorMap } from "./plots/colormap";
import type { Lock } from "./rows";

function Icon(props: { children: ComponentChildren; size?: number }): JSX.Element {
  const size = props.size ?? 16;
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {props.children}
    </svg>
  );
}

function path(d: string) {
  return (props: { size?: number }): JSX.Element => (
    <Icon {...props}>
      <path d={d} />
    </Icon>
  );
}

export const UndoIcon = path("M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5l3-3M3 6.5l3 3");
export const RedoIcon = path("M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M13 6.5l-3-3M13 6.5l-3 3");
export const SwapIcon = path("M3 5.5h9M9.7 3.2L12 5.5 9.7 7.8M13 10.5H4M6.3 8.2L4 10.5l2.3 2.3");
export const CloseIcon = path("M4.5 4.5l7 7M11.5 4.5l-7 7");
export const StackIcon = path("M8 2.5l5.5 2.8L8 8.1 2.5 5.3zM2.5 8L8 10.8 13.5 8M2.5 10.7L8 13.5l5.5-2.8");
export const PatchIcon = path("M4 2.5h5.5l3 3v8H4zM9.5 2.5v3h3M6.2 8.5h4M8.2 6.5v4M6.2 12h4");
export const OpenIcon = path("M8 10V3M5 5.8l3-3 3 3M3 13.2h10");
export const CopyIcon = path(
  "M6.7 5.5h5.6a1.2 1.2 0 0 1 1.2 1.2v5.6a1.2 1.2 0 0 1-1.2 1.2H6.7a1.2 1.2 0 0 1-1.2-1.2V6.7a1.2 1.2 0 0 1 1.2-1.2zM10.5 5.5V3.7a1.2 1.2 0 0 0-1.2-1.2H3.7a1.2 1.2 0 0 0-1.2 1.2v5.6a1.2 1.2 0 0 0 1.2 1.2h1.8",
);
export const CameraIcon = path(
  "M2.5 5.2h2.7l1-1.7h3.6l1 1.7h2.7v7.6h-11zM8 6.6a2.2 2.2 0 0 1 0 4.4 2.2 2.2 0 0 1 0-4.4",
);
export const CheckIcon = path("M3.2 8.6l3.2 3.2 6.4-7.4");
export const RingIcon = path("M8 3.2a4.8 4.8 0 0 1 0 9.6 4.8 4.8 0 0 1 0-9.6");
export const PulseIcon = path("M1.8 8.5h2.9l1.6-4.6 3 8.4 1.6-3.8h3.3");
export const ClockIcon = path("M8 2.4a5.6 5.6 0 0 1 0 11.2A5.6 5.6 0 0 1 8 2.4M8 4.8V8l2.2 1.4");
const warn = path("M8 2.6l5.9 10.3H2.1zM8 6.5v3M8 11.3v.01");

export function PictureIcon(): JSX.Element {
  return (
    <Icon>
      <rect x="2" y="3" width="12" height="10" rx="1.2" />
      <path d="M2.4 11.4l3.4-3.6 2.6 2.6 2.2-2.1 3 3.1" />
      <circle cx="10.6" cy="6" r="1" />
    </Icon>
  );
}

export function PanelIcon(): JSX.Element {
  return (
    <Icon>
      <rect x="2" y="3" width="12" height="10" rx="1.2" />
      <path d="M10 3v10" />
    </Icon>
  );
}

export function KeysIcon(): JSX.Element {
  return (
    <Icon>
      <rect x="1.8" y="4" width="12.4" height="8.5" rx="1.3" />
      <path d="M4.3 6.7h.01M6.8 6.7h.01M9.3 6.7h.01M11.7 6.7h.01M5.5 9.8h5" />
    </Icon>
  );
}

export function FindIcon(): JSX.Element {
  return (
    <Icon size={14}>
      <circle cx="7" cy="7" r="4" />
      <path d="M10 10l3.3 3.3" />
    </Icon>
  );
}

export function LinkIcon(): JSX.Element {
  return (
    <Icon size={13}>
      <path d="M6.6 9.4l2.8-2.8M7 4.6l1.6-1.6a2.9 2.9 0 0 1 4.2 4.2L11.2 8.8M9 11.4l-1.6 1.6a2.9 2.9 0 0 1-4.2-4.2L4.8 7.2" />
    </Icon>
  );
}

export function Chevron(): JSX.Element {
  return (
    <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
      <path d="M2.5 1l3.2 3-3.2 3z" fill="currentColor" />
    </svg>
  );
}

export function DownIcon(): JSX.Element {
  return (
    <svg width="9" height="9" viewBox="0 0 9 9" aria-hidden="true">
      <path d="M1.5 3l3 3 3-3" fill="none" stroke="currentColor" stroke-width="1.4" />
    </svg>
  );
}

export function SeverityIcon(props: { severity: "info" | "warn" | "error" }): JSX.Element {
  if (props.severity === "warn") return warn({});
  return (
    <Icon>
      <circle cx="8" cy="8" r="5.8" />
      <path d={props.severity === "info" ? "M8 7.3v3.7M8 5v.01" : "M5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2"} />
    </Icon>
  );
}

/** Three locks, three shapes: open, closed, half filled. */
export function LockIcon(props: { lock: Lock; size?: number }): JSX.Element {
  const body = (fill: boolean) => (
    <rect x="3.7" y="7.4" width="8.6" height="6" rx="1.2" fill={fill ? "currentColor" : undefined} />
  );
  const shut = <path d="M5.6 7.2V5a2.4 2.4 0 0 1 4.8 0v2.2" />;
  switch (props.lock) {
    case "frozen":
      return (
        <Icon size={props.size}>
          {body(true)}
          {shut}
        </Icon>
      );
    case "mixed":
      return (
        <Icon size={props.size}>
          {body(false)}
          <path d="M4 10.4h8v2.4a.6.6 0 0 1-.6.6H4.6a.6.6 0 0 1-.6-.6z" fill="currentColor" stroke="none" />
          {shut}
        </Icon>
      );
    case "open":
    case "none":
      return (
        <Icon size={props.size}>
          {body(false)}
          <path d="M5.6 7.2V4.9a2.4 2.4 0 0 1 4.7-.6" />
        </Icon>
      );
    default:
      return props.lock satisfies never;
  }
}

const GLYPH = [-0.9, -0.35, 0.25, -0.5, 0.05, 0.6, 0.1, 0.5, 1];

export function Glyph(props: { map: ColorMap }): JSX.Element {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
      {GLYPH.map((value, at) => (
        <rect
          key={value}
          fill={props.map.css(value)}
          x={(at % 3) * 6 + 0.5}
          y={Math.floor(at / 3) * 6 + 0.5}
          width="5"
          height="5"
          rx="1"
        />
      ))}
    </svg>
  );
}
