// GENERATED from paramwidget/protocol by scripts/generate_protocol.py. Do not edit.

export const VERSION = 2;

export const MAX_PASTE_CELLS = 100000;

export const MAX_PATHS = 400;

/** Add `amount` to every value. */
export interface Add {
  type: "Add";
  amount: number;
}

/** What the kernel answers. */
export interface Answer {
  id: number;
  revision: number;
  reply: Pong | Tree | Found | Glances | Description | Tile | Cells | Spectrum | Stored | Foreseen | Tried | Done | Figure | History | Compared | Pair | Code | PatchFile | Probes | Curve | Findings | Unheard | LessonState | Failure;
}

/** Carry out an operation, as one entry of the history. */
export interface Apply {
  kind: "Apply";
  target: Target;
  operation: Fill | Zero | Scale | Add | Clip | Compute | Noise | Prune | Quantize | Normalize | Permute | Swap | Initialize | Copy;
}

/** Apply the patch file that travels as the first buffer of the request. */
export interface ApplyPatch {
  kind: "ApplyPatch";
  force?: boolean;
}

/** Whether any view of the editor is seen on this page, which has a number of its own. */
export interface Attend {
  kind: "Attend";
  page: number;
  looks: boolean;
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
  trial?: boolean;
  bare?: boolean;
}

/** What became of requests whose answer is late, as when a line broke under them. */
export interface CheckHeard {
  kind: "CheckHeard";
  ids: number[];
}

/** Run the checks of the lesson now. The reply comes at once; `LessonChecked` tells what they found. */
export interface CheckLesson {
  kind: "CheckLesson";
}

/** What a typed text would be stored as. A `Failure` says why it is refused. */
export interface CheckText {
  kind: "CheckText";
  path: string;
  text: string;
}

/** Bring every value into `low` to `high`; NaN stays NaN, and an infinite end is no limit. */
export interface Clip {
  type: "Clip";
  low: number;
  high: number;
}

/** Source text. */
export interface Code {
  kind: "Code";
  text: string;
}

/** Which tensors differ between two states. */
export interface Compare {
  kind: "Compare";
  a: StateRef;
  b: StateRef;
}

/** The tensors that differ, largest first, at most 1,000 of `differing`; and how many do not. */
export interface Compared {
  kind: "Compared";
  a: string;
  b: string;
  differing: number;
  equal: number;
  rows: ComparedRow[];
}

/** How one tensor differs between two states; see `comparison.Difference`. */
export interface ComparedRow {
  path: string;
  match: string;
  size: number;
  changed: number;
  max_abs: number | "-Infinity" | "Infinity" | "NaN";
  relative: number | "-Infinity" | "Infinity" | "NaN";
  cosine: number | "-Infinity" | "Infinity" | "NaN";
}

/** Every value by an expression of `w`, as in `w * 0.5 + 0.1`; see `expression`. `seed` is for `rand` and `randn`. */
export interface Compute {
  type: "Compute";
  text: string;
  seed?: number;
}

/** What stands in `region` of the tensor `path`, now or in a snapshot; the shape must be that of the edited region. Axes of length 1 do not count, and the element type may be another one if it holds the values. */
export interface Copy {
  type: "Copy";
  path: string;
  region?: string;
  snapshot?: string;
}

/** A lesson on the model: what it is about, and what may be done in it. */
export interface Course {
  title: string;
  about: string;
  operations: string[];
  typing: boolean;
  no_freezing: string;
  standing: Standing;
}

/** What a probe gave at each place of a range; `here` is the present place. null where it gave no number. */
export interface Curve {
  kind: "Curve";
  probe: string;
  xs: number[];
  ys: (number | "-Infinity" | "Infinity" | "NaN" | null)[];
  here: number | "-Infinity" | "Infinity" | "NaN";
  value: number | "-Infinity" | "Infinity" | "NaN" | null;
}

/** Facts, statistics and histogram of one tensor; `domain` is the half width of the histogram, 0 for automatic. */
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

/** Show the editor in the host's side panel, or in the cell again; a number means that panel only, 0 any. */
export interface Dock {
  kind: "Dock";
  open: boolean;
  panel?: number;
}

/** A change was made, verified and recorded. After a block was set, `cells` are those cells as they are stored now, with the two buffers of `Cells`, so that the page can show them without asking again; it is null after other changes and after very large blocks. */
export interface Done {
  kind: "Done";
  label: string;
  remarks: Remark[];
  cells?: Cells | null;
}

/** Forget a snapshot. */
export interface DropSnapshot {
  kind: "DropSnapshot";
  name: string;
}

/** Bring the values from before the trial back. `owner` 0 means the trial of any view. `leave` gives the trial up instead, where something else wrote in the meantime: what that wrote stays. */
export interface DropTrial {
  kind: "DropTrial";
  owner?: number;
  force?: boolean;
  leave?: boolean;
}

/** The editor was closed in Python; `text` says what to do. */
export interface Ended {
  kind: "Ended";
  text: string;
}

/** What the page sends. */
export interface Envelope {
  id: number;
  request: GetTree | Find | GetGlances | Describe | GetTile | GetCells | GetSpectrum | GetFigure | CheckText | Foresee | Apply | TryOut | HoldTrial | KeepTrial | DropTrial | SetBlock | SetTrainable | Undo | Redo | GetHistory | GoTo | TakeBack | TakeSnapshot | DropSnapshot | PickFrom | Compare | GetPair | GetCode | GetPatch | ApplyPatch | GetProbes | RunProbes | StopProbes | Sweep | Examine | Treat | GetLesson | CheckLesson | GiveHint | StartOver | Ping | Stop | CheckHeard | Attend | Dock;
}

/** Look for what is wrong with the model. */
export interface Examine {
  kind: "Examine";
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

/** Set every value to what a person typed, read strictly for each dtype: `0.5`, `1e-3`, `nan`, `True`. */
export interface Fill {
  type: "Fill";
  text: string;
}

/** The tensors that match a filter (see `tree.select`). */
export interface Find {
  kind: "Find";
  query: string;
}

/** Something that the doctor found. `number` stands for it alone while the editor is open; `fix` is what the button says, empty where there is no safe one. */
export interface Finding {
  number: number;
  severity: "error" | "info" | "warn";
  path: string;
  region: string;
  title: string;
  text: string;
  fix: string;
}

/** What the doctor found, the worst first; `examined` counts the tensors. */
export interface Findings {
  kind: "Findings";
  examined: number;
  items: Finding[];
}

/** What may change on a row without the tree changing. */
export type Flags = [
  row: number,
  lock: "frozen" | "mixed" | "none" | "open",
  edited: boolean,
];

/** What an operation would touch, before anything happens. */
export interface Foresee {
  kind: "Foresee";
  target: Target;
  operation?: Fill | Zero | Scale | Add | Clip | Compute | Noise | Prune | Quantize | Normalize | Permute | Swap | Initialize | Copy | null;
}

/** What an operation would touch: `count` of `size` values in `tensors` tensors. `region` is the slice as NumPy writes it, empty where several tensors are meant. `note` is what else is worth knowing: what an initialiser works out, that a tensor is frozen. */
export interface Foreseen {
  kind: "Foreseen";
  region: string;
  tensors: number;
  count: number;
  size: number;
  note: string;
}

/** Row numbers of the matching tensors, and the closest name if there are none. */
export interface Found {
  kind: "Found";
  rows: number[];
  closest: string;
}

/** Single cells as exact text. At most 4,000 cells. The reply has 2 buffers. */
export interface GetCells {
  kind: "GetCells";
  path: string;
  plane: Plane;
  window: Window;
}

/** What is done as plain framework code; `entries` empty for all of it. */
export interface GetCode {
  kind: "GetCode";
  entries?: number[];
}

/** A PNG picture of a view. The reply has 1 buffer. */
export interface GetFigure {
  kind: "GetFigure";
  path: string;
  view: "heatmap" | "histogram" | "kernels" | "spectrum";
  plane?: Plane | null;
}

/** Thumbnails of the rows on the screen. */
export interface GetGlances {
  kind: "GetGlances";
  paths: string[];
}

/** Entries and snapshots, newest first, at most 1,000 entries. */
export interface GetHistory {
  kind: "GetHistory";
}

/** How the lesson stands. */
export interface GetLesson {
  kind: "GetLesson";
}

/** One plane of a tensor in two states, and their difference. The reply has 3 buffers. `relative` divides the difference by the magnitude in `a`. */
export interface GetPair {
  kind: "GetPair";
  a: StateRef;
  b: StateRef;
  path: string;
  plane: Plane;
  window: Window;
  height: number;
  width: number;
  relative?: boolean;
}

/** What is done as a patch file. The reply has 1 buffer. */
export interface GetPatch {
  kind: "GetPatch";
}

/** All probes as they stand. The reply has the buffers that their outcomes name. */
export interface GetProbes {
  kind: "GetProbes";
}

/** The singular values of a tensor seen as a matrix. The reply has 1 buffer. */
export interface GetSpectrum {
  kind: "GetSpectrum";
  path: string;
}

/** A window of a plane at the screen's resolution. The reply has 3 buffers. The `inner` axes are drawn whole within each cell, whatever `plane` says of them: those of a convolution's kernels. */
export interface GetTile {
  kind: "GetTile";
  path: string;
  plane: Plane;
  window: Window;
  height: number;
  width: number;
  inner?: number[];
}

/** Rows `start` to `start + limit` of the tree, and the header. */
export interface GetTree {
  kind: "GetTree";
  start: number;
  limit: number;
}

/** Give one more hint for the first goal that is not reached. */
export interface GiveHint {
  kind: "GiveHint";
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

/** Bring the model to an entry of the history, on whatever branch. */
export interface GoTo {
  kind: "GoTo";
  entry: number;
  force?: boolean;
}

/** A goal of a lesson. `missing` is a sentence, empty if the goal is reached or was not looked at yet. */
export interface Goal {
  text: string;
  met: boolean;
  missing: string;
  hints: string[];
  left: number;
}

/** A probe gave a matrix; its float32 values are buffer number `buffer`. */
export interface Grid {
  kind: "Grid";
  rows: number;
  cols: number;
  buffer: number;
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
  position: number;
  edits: number;
  trial: string;
  trial_owner: number;
  trial_paths: string[];
}

/** Counts of equal bins over `low` to `high`, and how many lie outside. */
export interface Histogram {
  low: number | "-Infinity" | "Infinity" | "NaN";
  high: number | "-Infinity" | "Infinity" | "NaN";
  counts: number[];
  under: number;
  over: number;
}

/** The history, newest first; `total` counts the entries there are. `probes` names the columns of `scores`. */
export interface History {
  kind: "History";
  position: number;
  total: number;
  bytes: number;
  probes: string[];
  steps: Step[];
  snapshots: SnapshotRow[];
}

/** The page is still there: what it tries out may stay. */
export interface HoldTrial {
  kind: "HoldTrial";
  owner: number;
}

/** The part of a freshly initialised tensor that lies in the region; a part of it has the spread of the whole. */
export interface Initialize {
  type: "Initialize";
  name: string;
  seed?: number;
  options?: Record<string, number>;
}

/** Keep what this view tries out, as one entry of the history. */
export interface KeepTrial {
  kind: "KeepTrial";
  owner: number;
  force?: boolean;
}

/** The lesson stands otherwise than before: its checks ran, or a hint was given. */
export interface LessonChecked {
  kind: "LessonChecked";
  standing: Standing;
}

/** How the lesson stands. */
export interface LessonState {
  kind: "LessonState";
  standing: Standing;
}

/** A probe gave something that shows itself as HTML: only for a sandboxed frame without scripts. */
export interface Markup {
  kind: "Markup";
  html: string;
}

/** Add noise: normal with standard deviation `amount`, or uniform in [-amount, amount). Drawn from `np.random.default_rng(seed)` in working precision, one number for each value of the region in C order. */
export interface Noise {
  type: "Noise";
  amount: number;
  shape?: "normal" | "uniform";
  seed?: number;
}

/** Divide each slice at one index of `axis`, as each filter, by its norm; `standard`: mean 0, population std 1. Computed in float64 and rounded once. Slices of zeros stay; those of equal values become 0 with `standard`, since they have a mean and no spread. */
export interface Normalize {
  type: "Normalize";
  axis: number;
  to?: "l1" | "l2" | "max" | "standard";
}

/** What the first paint needs, sent with the widget: no round trip. Buffers of `tile` travel beside it. */
export interface Opening {
  version: number;
  revision: number;
  tree: Tree;
  selected: string;
  description: Description | null;
  tile: Tile | null;
  initializers: string[];
  probes: ProbeState[];
  panel: boolean;
  lesson: Course | null;
}

/** Buffers: float32 `height * width` values of A, of B, and of B - A; reduced as in `Tile`. `domain` is the half width of the common colour axis of A and B, `spread` that of the difference. A cell's exact values are asked for with `GetCells` for the present state only; `a` and `b` hold statistics of the whole tensor. */
export interface Pair {
  kind: "Pair";
  path: string;
  plane: Plane;
  window: Window;
  height: number;
  width: number;
  step_row: number;
  step_col: number;
  domain: number;
  spread: number;
  a: Summary;
  b: Summary;
  a_histogram: Histogram;
  b_histogram: Histogram;
  difference_histogram: Histogram;
  row: ComparedRow;
}

/** Buffer: the file. `count` is the number of cells in it. */
export interface PatchFile {
  kind: "PatchFile";
  name: string;
  count: number;
}

/** Slice i along `axis` becomes what was slice `order[i]` of the region. */
export interface Permute {
  type: "Permute";
  axis: number;
  order: number[];
}

/** Copy from another state: the tensors of `paths` (empty: all that differ), or a region of one. */
export interface PickFrom {
  kind: "PickFrom";
  state: StateRef;
  paths?: string[];
  region?: string;
}

/** A probe gave a figure or something else with a picture: buffer number `buffer`, of type `mime`. */
export interface Picture {
  kind: "Picture";
  mime: "image/jpeg" | "image/png" | "image/svg+xml";
  buffer: number;
}

/** The empty request. */
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

/** One probe: what it gave last, for which state of the model, and how it stands now. `fresh`: the outcome is that of the model as it is. `stale`: the model has changed since, and the probe takes too long to run by itself. `entry` and `trial` tell which state the outcome belongs to. `was` is the headline number of the state to compare with (the entry where a trial started, or the entry before), and `before` are its named numbers. `series` holds headline numbers along the history, oldest first, as pairs of entry and number. */
export interface ProbeState {
  name: string;
  status: "failed" | "fresh" | "running" | "stale" | "stopped" | "waiting";
  seconds: number;
  entry: number;
  trial: boolean;
  outcome: Score | Scores | Grid | Picture | Markup | Words | null;
  headline: number | "-Infinity" | "Infinity" | "NaN" | null;
  was: number | "-Infinity" | "Infinity" | "NaN" | null;
  before: Scores | null;
  series: ([number, number | "-Infinity" | "Infinity" | "NaN"])[];
  error: string;
  trace: string;
}

/** Probes ran, or stand otherwise than before; the others are unchanged. Buffers as their outcomes name them. */
export interface Probed {
  kind: "Probed";
  items: ProbeState[];
}

/** All probes; buffers as their outcomes name them. */
export interface Probes {
  kind: "Probes";
  items: ProbeState[];
}

/** How far a request is that takes long, 0 to 1. */
export interface Progressed {
  kind: "Progressed";
  id: number;
  share: number;
}

/** Set the smallest magnitudes to 0: those below `threshold`, or the given `fraction` of the region's values. Values are compared with the threshold exactly. Of n values floor(fraction * n + 0.5) are 0 afterwards: the zeros that are there count as the smallest, among equals the first in C order goes first, and a NaN never goes. With `axis` the fraction is that of each slice along it, as of each filter; with `whole` besides, entire slices go by their L2 norm, which is computed in float64. */
export interface Prune {
  type: "Prune";
  threshold?: number | null;
  fraction?: number | null;
  axis?: number | null;
  whole?: boolean;
}

/** What the kernel tells on its own. */
export interface Push {
  revision: number;
  event: Changed | Ended | Probed | Progressed | LessonChecked;
}

/** Round to a small type with a scale per tensor, per channel of `axis`, or per `group` neighbours along `axis`. The axis of channels is the one named `out`, else the first; that of groups the one named `in`, else the last. Groups begin at the first value of the region, and the last one may be short. */
export interface Quantize {
  type: "Quantize";
  to: "float8_e4m3fn" | "float8_e5m2" | "int4" | "int8";
  per?: "channel" | "group" | "tensor";
  axis?: number | null;
  group?: number;
}

/** Do the entry that was taken back again. */
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

/** Run probes now; `names` empty for all. The reply comes at once; `Probed` events tell how they stand. */
export interface RunProbes {
  kind: "RunProbes";
  names?: string[];
}

/** Multiply every value by `factor`. */
export interface Scale {
  type: "Scale";
  factor: number;
}

/** A probe gave one number. */
export interface Score {
  kind: "Score";
  value: number | "-Infinity" | "Infinity" | "NaN";
}

/** A probe gave named numbers (a dict), or a vector, whose names are empty. */
export interface Scores {
  kind: "Scores";
  names: string[];
  values: (number | "-Infinity" | "Infinity" | "NaN")[];
}

/** Write a block of typed values, row by row, with its first cell at (`row`, `col`) of the plane. */
export interface SetBlock {
  kind: "SetBlock";
  path: string;
  plane: Plane;
  row: number;
  col: number;
  texts: string[][];
}

/** Freeze or unfreeze tensors and layers (all below them). */
export interface SetTrainable {
  kind: "SetTrainable";
  paths: string[];
  trainable: boolean;
}

/** A snapshot; `entry` is where the model stood. */
export interface SnapshotRow {
  name: string;
  entry: number;
  time: number;
  bytes: number;
}

/** Buffer: the singular values, float64, the largest first. The rest is as in `views.spectrum`. `matrix` says which axes make its `rows` and `cols`, as in `kh·kw·in × out`. */
export interface Spectrum {
  kind: "Spectrum";
  path: string;
  matrix: string;
  rows: number;
  cols: number;
  edge: number | "-Infinity" | "Infinity" | "NaN";
  condition: number | "-Infinity" | "Infinity" | "NaN";
  stable_rank: number | "-Infinity" | "Infinity" | "NaN";
  effective_rank: number | "-Infinity" | "Infinity" | "NaN";
  energetic: number;
  above: number;
}

/** How a lesson stood when it was checked last. `fresh`: that is the model as it is. `stale`: the model has changed since, and the checks take too long to run by themselves. `rules` are sentences on what else is in the way, such as a locked tensor that something else wrote. Of two, the one with the larger `number` is newer, in whatever order they arrive: replies and events come from two threads. */
export interface Standing {
  number: number;
  status: "checking" | "fresh" | "stale" | "stopped" | "waiting";
  solved: boolean;
  trial: boolean;
  changed: number;
  goals: Goal[];
  rules: string[];
}

/** Bring the values of the lesson's start back, and forget the hints. */
export interface StartOver {
  kind: "StartOver";
}

/** A state of the model: as it is now (with what is tried out), at an entry of the history, or a snapshot. */
export interface StateRef {
  kind: "entry" | "now" | "snapshot";
  entry?: number;
  name?: string;
}

/** One entry of the history. `done`: the model holds it; else it lies on another branch or was undone. `scores` are the headline numbers of the probes after it, null where a probe did not run then. */
export interface Step {
  number: number;
  parent: number;
  time: number;
  what: string;
  place: string;
  count: number;
  done: boolean;
  scores: (number | "-Infinity" | "Infinity" | "NaN" | null)[];
}

/** End requests that take long; they answer that they were stopped. */
export interface Stop {
  kind: "Stop";
  ids: number[];
}

/** Interrupt the probe or the sweep that is running, if one is. */
export interface StopProbes {
  kind: "StopProbes";
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

/** Exchange two slices along `axis`; positions are those of the region. */
export interface Swap {
  type: "Swap";
  axis: number;
  first: number;
  second: number;
}

/** What a probe gives over a range: of the value itself, or of a factor on the values. The model is bit-identical afterwards. */
export interface Sweep {
  kind: "Sweep";
  target: Target;
  vary: "factor" | "value";
  low: number;
  high: number;
  steps: number;
  probe: string;
}

/** Take back one entry alone, as a new entry. */
export interface TakeBack {
  kind: "TakeBack";
  entry: number;
}

/** Copy all values under a name; an empty one is chosen. The name is the label of the reply. */
export interface TakeSnapshot {
  kind: "TakeSnapshot";
  name?: string;
}

/** What an operation works on: a path or a filter query, a slice of each tensor, a condition such as `abs(w) < 0.01`. */
export interface Target {
  what: string;
  region?: string;
  where?: string;
}

/** Buffers: float32 `height * width` values, float32 L2 of each row, float32 L2 of each column. One drawn cell covers `step_row` by `step_col` cells of the window and shows the one of largest magnitude (NaN if it holds one). `sampled` is 1 if all of them were read, else one row in `sampled` was. With `inner` axes each drawn cell is itself a picture of `within` rows and columns, and the values are those of all of them, row by row of the whole. */
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
  inner?: number[];
  within?: [number, number];
}

/** Carry out the fix of a finding, as one entry of the history. */
export interface Treat {
  kind: "Treat";
  finding: number;
}

/** Part of the tree: `rows` begin at row `start` of `total`. */
export interface Tree {
  kind: "Tree";
  header: Header;
  start: number;
  total: number;
  rows: Row[];
}

/** The model holds what is tried out. `label` is what it would be called in the history. */
export interface Tried {
  kind: "Tried";
  label: string;
}

/** Show an operation in the live model without keeping it; the next one starts from the same values. `owner` is a number of the view's own; a trial of another view is taken back first. */
export interface TryOut {
  kind: "TryOut";
  target: Target;
  operation: Fill | Zero | Scale | Add | Clip | Compute | Noise | Prune | Quantize | Normalize | Permute | Swap | Initialize | Copy;
  owner: number;
}

/** Take back the last entry; `force` overwrites what something else wrote since. */
export interface Undo {
  kind: "Undo";
  force?: boolean;
}

/** Ids of requests that never arrived, and of those that were answered; the others are being worked on. */
export interface Unheard {
  kind: "Unheard";
  ids: number[];
  answered: number[];
}

/** Cells of a plane: rows `top` to `bottom` (exclusive), columns `left` to `right` (exclusive). */
export interface Window {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** A probe gave something that has no better display than its text. */
export interface Words {
  kind: "Words";
  text: string;
}

/** Set every value to 0. */
export interface Zero {
  type: "Zero";
}

export type Request =
  | GetTree
  | Find
  | GetGlances
  | Describe
  | GetTile
  | GetCells
  | GetSpectrum
  | GetFigure
  | CheckText
  | Foresee
  | Apply
  | TryOut
  | HoldTrial
  | KeepTrial
  | DropTrial
  | SetBlock
  | SetTrainable
  | Undo
  | Redo
  | GetHistory
  | GoTo
  | TakeBack
  | TakeSnapshot
  | DropSnapshot
  | PickFrom
  | Compare
  | GetPair
  | GetCode
  | GetPatch
  | ApplyPatch
  | GetProbes
  | RunProbes
  | StopProbes
  | Sweep
  | Examine
  | Treat
  | GetLesson
  | CheckLesson
  | GiveHint
  | StartOver
  | Ping
  | Stop
  | CheckHeard
  | Attend
  | Dock;

export type Reply =
  | Pong
  | Tree
  | Found
  | Glances
  | Description
  | Tile
  | Cells
  | Spectrum
  | Stored
  | Foreseen
  | Tried
  | Done
  | Figure
  | History
  | Compared
  | Pair
  | Code
  | PatchFile
  | Probes
  | Curve
  | Findings
  | Unheard
  | LessonState
  | Failure;

export type Event =
  | Changed
  | Ended
  | Probed
  | Progressed
  | LessonChecked;

export type Operation =
  | Fill
  | Zero
  | Scale
  | Add
  | Clip
  | Compute
  | Noise
  | Prune
  | Quantize
  | Normalize
  | Permute
  | Swap
  | Initialize
  | Copy;

export type Outcome =
  | Score
  | Scores
  | Grid
  | Picture
  | Markup
  | Words;

/** Which reply a request gets if it does not fail. */
export interface ReplyTo {
  GetTree: Tree;
  Find: Found;
  GetGlances: Glances;
  Describe: Description;
  GetTile: Tile;
  GetCells: Cells;
  GetSpectrum: Spectrum;
  GetFigure: Figure;
  CheckText: Stored;
  Foresee: Foreseen;
  Apply: Done;
  TryOut: Tried;
  HoldTrial: Pong;
  KeepTrial: Done;
  DropTrial: Done;
  SetBlock: Done;
  SetTrainable: Done;
  Undo: Done;
  Redo: Done;
  GetHistory: History;
  GoTo: Done;
  TakeBack: Done;
  TakeSnapshot: Done;
  DropSnapshot: Done;
  PickFrom: Done;
  Compare: Compared;
  GetPair: Pair;
  GetCode: Code;
  GetPatch: PatchFile;
  ApplyPatch: Done;
  GetProbes: Probes;
  RunProbes: Pong;
  StopProbes: Pong;
  Sweep: Curve;
  Examine: Findings;
  Treat: Done;
  GetLesson: LessonState;
  CheckLesson: Pong;
  GiveHint: LessonState;
  StartOver: Done;
  Ping: Pong;
  Stop: Pong;
  CheckHeard: Unheard;
  Attend: Pong;
  Dock: Done;
}

/** Changes the model, its history or where it is shown; sent again too late, it would overwrite what is newer. */
export const WRITES: ReadonlySet<Request["kind"]> = new Set([
  "Apply",
  "TryOut",
  "KeepTrial",
  "DropTrial",
  "SetBlock",
  "SetTrainable",
  "Undo",
  "Redo",
  "GoTo",
  "TakeBack",
  "TakeSnapshot",
  "PickFrom",
  "ApplyPatch",
  "Treat",
  "StartOver",
  "Dock",
] as const);

/** Takes long and only reads: it needs no safe point, but a thread of its own, and the page can stop it. */
export const SEARCHES: ReadonlySet<Request["kind"]> = new Set([
  "Find",
  "GetSpectrum",
  "Compare",
  "Examine",
] as const);
