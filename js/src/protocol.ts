// GENERATED from paramwidget/protocol.py by scripts/generate_protocol.py. Do not edit.

export const VERSION = 1;

export const MAX_PASTE_CELLS = 100000;

export const MAX_PATHS = 400;

/** What the kernel answers. */
export interface Answer {
  id: number;
  revision: number;
  reply: Pong | Tree | Found | Glances | Description | Tile | Cells | Stored | Counted | Done | Figure | Failure;
}

/** Exact texts, row by row. Buffers: float32 values for the colours, uint8 marks (1 where edited). */
export interface Cells {
  kind: "Cells";
  path: string;
  plane: Plane;
  window: Window;
  texts: string[][];
}

/** Values or flags changed, by whoever. `paths` empty means any; `rows` says that the tree must be read again. */
export interface Changed {
  kind: "Changed";
  paths: string[];
  flags: Flags[];
  header: Header;
  rows?: boolean;
  outside?: boolean;
}

/** Parse a slice. Reply: `Counted`. */
export interface CheckRegion {
  kind: "CheckRegion";
  path: string;
  region: string;
}

/** What a typed text would be stored as. Reply: `Stored`, or a `Failure` that says why it is refused. */
export interface CheckText {
  kind: "CheckText";
  path: string;
  text: string;
}

/** A region as NumPy writes it, and how many values it holds. */
export interface Counted {
  kind: "Counted";
  region: string;
  count: number;
}

/** Facts, statistics and histogram of one tensor; `domain` is the half width of the histogram, 0 for automatic. Reply: `Description`. */
export interface Describe {
  kind: "Describe";
  path: string;
  domain?: number;
}

/** All about one tensor but its values. `slices` holds the L2 norm of each slice per axis, [] where not computed. */
export interface Description {
  kind: "Description";
  path: string;
  shape: number[];
  dtype: string;
  axes: string[];
  device: string;
  bytes: number;
  role: string;
  lock: "frozen" | "mixed" | "none" | "open";
  alias: string[];
  readable: boolean;
  writable: boolean;
  reason: string;
  summary: Summary | null;
  histogram: Histogram | null;
  domain: number;
  slices: ((number | "-Infinity" | "Infinity" | "NaN")[])[];
}

/** A change was made, verified and recorded. After a block was set, `cells` are those cells as they are stored now, with the two buffers of `Cells`, so that the page can show them without asking again; it is null after other changes and after very large blocks. */
export interface Done {
  kind: "Done";
  label: string;
  remarks: Remark[];
  cells?: Cells | null;
}

/** The editor was closed in Python; `text` says what to do. */
export interface Ended {
  kind: "Ended";
  text: string;
}

/** What the page sends. */
export interface Envelope {
  id: number;
  request: Ping | GetTree | Find | GetGlances | Describe | GetTile | GetCells | CheckText | CheckRegion | SetRegion | SetBlock | SetTrainable | Undo | Redo | GetFigure;
}

/** The request was not carried out; nothing was changed. `code` is a code of `errors`, `text` one sentence. */
export interface Failure {
  kind: "Failure";
  code: string;
  text: string;
}

/** Buffer: the PNG file. */
export interface Figure {
  kind: "Figure";
  name: string;
}

/** The tensors that match a filter (see `tree.select`). Reply: `Found`. */
export interface Find {
  kind: "Find";
  query: string;
}

/** What may change on a row without the tree changing. */
export type Flags = [
  row: number,
  lock: "frozen" | "mixed" | "none" | "open",
  edited: boolean,
];

/** Row numbers of the matching tensors, and the closest name if there are none. */
export interface Found {
  kind: "Found";
  rows: number[];
  closest: string;
}

/** Single cells as exact text. At most 4,000 cells. Reply: `Cells` with 2 buffers. */
export interface GetCells {
  kind: "GetCells";
  path: string;
  plane: Plane;
  window: Window;
}

/** A PNG picture of a view. Reply: `Figure` with 1 buffer. */
export interface GetFigure {
  kind: "GetFigure";
  path: string;
  view: "heatmap" | "histogram" | "kernels";
  plane?: Plane | null;
}

/** Thumbnails of the rows on the screen. Reply: `Glances`. */
export interface GetGlances {
  kind: "GetGlances";
  paths: string[];
}

/** A window of a plane at the screen's resolution. Reply: `Tile` with 3 buffers. */
export interface GetTile {
  kind: "GetTile";
  path: string;
  plane: Plane;
  window: Window;
  height: number;
  width: number;
}

/** Rows `start` to `start + limit` of the tree, and the header. Reply: `Tree`. */
export interface GetTree {
  kind: "GetTree";
  start: number;
  limit: number;
}

/** Thumbnail of one tensor for the tree: bar heights 0 to 255, where zero lies (0 to 1, else -1), bad values. */
export interface Glance {
  path: string;
  bars: number[];
  zero: number;
  nan: number;
  inf: number;
}

/** Thumbnails, in the order of the request. */
export interface Glances {
  kind: "Glances";
  items: Glance[];
}

/** The first line of the editor. Counts are numbers of values. */
export interface Header {
  title: string;
  framework: string;
  count: number;
  bytes: number;
  trainable: number;
  frozen: number;
  buffers: number;
  tensors: number;
  writable: boolean;
  undo: string;
  redo: string;
}

/** Counts of equal bins over `low` to `high`, and how many lie outside. */
export interface Histogram {
  low: number | "-Infinity" | "Infinity" | "NaN";
  high: number | "-Infinity" | "Infinity" | "NaN";
  counts: number[];
  under: number;
  over: number;
}

/** What the first paint needs, sent with the widget: no round trip. Buffers of `tile` travel beside it. */
export interface Opening {
  version: number;
  revision: number;
  tree: Tree;
  selected: string;
  description: Description | null;
  tile: Tile | null;
}

/** The empty request. Reply: `Pong`. */
export interface Ping {
  kind: "Ping";
}

/** Which two axes of a tensor lie on the screen, and where the others stand. `rows` is -1 for a tensor of rank 1 (one row), both are -1 for rank 0. `fixed` has one entry for each axis; those of the two shown axes are ignored. */
export interface Plane {
  rows: number;
  cols: number;
  fixed: number[];
}

/** The kernel is there. */
export interface Pong {
  kind: "Pong";
}

/** What the kernel tells on its own. */
export interface Push {
  revision: number;
  event: Changed | Ended;
}

/** Do the entry that was taken back again. Reply: `Done`. */
export interface Redo {
  kind: "Redo";
  force?: boolean;
}

/** Something the user must know, ready to be shown as text. */
export interface Remark {
  severity: "info" | "warn";
  title: string;
  text: string;
}

/** One line of the layer tree, in display order. `span` counts the rows below it, so closing it skips them. */
export type Row = [
  depth: number,
  span: number,
  path: string,
  name: string,
  layer: string,
  shape: number[],
  dtype: string,
  role: string,
  size: number,
  count: number,
  lock: "frozen" | "mixed" | "none" | "open",
  tied: string,
  edited: boolean,
  readable: boolean,
  writable: boolean,
];

/** Write a block of typed values, row by row, with its first cell at (`row`, `col`) of the plane. Reply: `Done`. */
export interface SetBlock {
  kind: "SetBlock";
  path: string;
  plane: Plane;
  row: number;
  col: number;
  texts: string[][];
}

/** Fill a region with one typed value. Reply: `Done`. */
export interface SetRegion {
  kind: "SetRegion";
  path: string;
  region: string;
  text: string;
}

/** Freeze or unfreeze tensors and layers (all below them). Reply: `Done`. */
export interface SetTrainable {
  kind: "SetTrainable";
  paths: string[];
  trainable: boolean;
}

/** What a text is stored as: exact decimal, its distance from what was typed, bits, and the two neighbours. */
export interface Stored {
  kind: "Stored";
  text: string;
  error: number | "-Infinity" | "Infinity" | "NaN";
  bits: string;
  below: string;
  above: string;
}

/** Statistics of the finite values; `sampled` is 1 if every value was read, else one value in `sampled` was. */
export interface Summary {
  count: number;
  nan: number;
  posinf: number;
  neginf: number;
  zeros: number;
  min: number | "-Infinity" | "Infinity" | "NaN";
  max: number | "-Infinity" | "Infinity" | "NaN";
  mean: number | "-Infinity" | "Infinity" | "NaN";
  std: number | "-Infinity" | "Infinity" | "NaN";
  l2: number | "-Infinity" | "Infinity" | "NaN";
  sampled: number;
}

/** Buffers: float32 `height * width` values, float32 L2 of each row, float32 L2 of each column. One drawn cell covers `step_row` by `step_col` cells of the window and shows the one of largest magnitude (NaN if it holds one). `sampled` is 1 if all of them were read, else one row in `sampled` was. */
export interface Tile {
  kind: "Tile";
  path: string;
  plane: Plane;
  window: Window;
  height: number;
  width: number;
  step_row: number;
  step_col: number;
  sampled: number;
}

/** Part of the tree: `rows` begin at row `start` of `total`. */
export interface Tree {
  kind: "Tree";
  header: Header;
  start: number;
  total: number;
  rows: Row[];
}

/** Take back the last entry; `force` overwrites what something else wrote since. Reply: `Done`. */
export interface Undo {
  kind: "Undo";
  force?: boolean;
}

/** Cells of a plane: rows `top` to `bottom` (exclusive), columns `left` to `right` (exclusive). */
export interface Window {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export type Request =
  | Ping
  | GetTree
  | Find
  | GetGlances
  | Describe
  | GetTile
  | GetCells
  | CheckText
  | CheckRegion
  | SetRegion
  | SetBlock
  | SetTrainable
  | Undo
  | Redo
  | GetFigure;

export type Reply =
  | Pong
  | Tree
  | Found
  | Glances
  | Description
  | Tile
  | Cells
  | Stored
  | Counted
  | Done
  | Figure
  | Failure;

export type Event =
  | Changed
  | Ended;
