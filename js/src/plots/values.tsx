/** The exact values of a plane as a grid that is read and edited like a spreadsheet. */

import type { JSX } from "preact";
import type { Failure, Stored, Window } from "../protocol";
import type { CellData } from "./cells";
import { Spreadsheet } from "./spreadsheet";
import { useUpright } from "./upright";

export type { CellData } from "./cells";

export interface ValuesProps {
  shape: [number, number];
  /** Whether the sheet shows the plane with rows and columns swapped. */
  upright: boolean;
  axes: [string, string];
  dtype: string;
  domain: number;
  dark: boolean;
  cursor: [number, number];
  selection: Window | null;
  /** Why the values cannot be changed; empty if they can. */
  locked: string;
  label: string;
  /** Names the slice on the screen, and which axes lie where. */
  plane: string;
  /** A cell as Python names it: `[1, 1, 4, 9]`. */
  address(row: number, col: number): string;
  /** Cells that were just written, as they are stored: shown at once. */
  written: { window: Window; cells: CellData[][] } | null;
  /** Grows when cells became stale; the old ones are shown until the new ones arrive. */
  generation: number;
  fetch(window: Window, signal: AbortSignal): Promise<{ window: Window; cells: CellData[][] }>;
  check(text: string): Promise<Stored | Failure>;
  onCursor(row: number, col: number): void;
  onSelect(window: Window | null): void;
  /** Fills the window with one typed value. */
  onCommit(window: Window, text: string): Promise<Failure | null>;
  onPaste(row: number, col: number, texts: string[][]): Promise<Failure | null>;
}

export function Values(props: ValuesProps): JSX.Element {
  return <Spreadsheet {...useUpright(props)} />;
}
