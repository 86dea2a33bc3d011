/**
 * Turns the pointer events of an element into zooming, panning, selecting and pointing. Knows nothing of planes: all
 * positions are CSS pixels from the element's corner.
 */

export interface Gestures {
  /** Notches of the wheel, positive to enlarge. False if nothing changed: then the page may scroll. */
  wheel(x: number, y: number, notches: number): boolean;
  pinch(x: number, y: number, factor: number): void;
  /** True if a plain drag moves the content, false if it selects. */
  pans(): boolean;
  pan(dx: number, dy: number): void;
  select(fromX: number, fromY: number, x: number, y: number): void;
  hover(x: number, y: number): void;
  click(x: number, y: number, extend: boolean): void;
  doubleClick(x: number, y: number): void;
}

interface Point {
  x: number;
  y: number;
}

const CLICK = 4;
const LINE = 33;

export function attachGestures(element: HTMLElement, gestures: () => Gestures, signal: AbortSignal): void {
  const down = new Map<number, Point>();
  let start: Point | null = null;
  let drag: "none" | "pan" | "select" = "none";
  let armed = false;

  const at = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const onWheel = (event: WheelEvent) => {
    // While the page scrolls below a resting pointer, the wheel belongs to the page.
    if (!armed && !event.ctrlKey) return;
    const { x, y } = at(event);
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE;
    // A pinch on a trackpad arrives as a wheel with Ctrl and small deltas.
    if (event.ctrlKey) {
      gestures().pinch(x, y, Math.exp(-pixels * 0.01));
      event.preventDefault();
    } else if (gestures().wheel(x, y, -pixels / 100)) event.preventDefault();
  };

  const onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    armed = true;
    element.focus({ preventScroll: true });
    element.setPointerCapture?.(event.pointerId);
    const point = at(event);
    down.set(event.pointerId, point);
    start = down.size === 1 ? point : null;
    drag = "none";
  };

  const onMove = (event: PointerEvent) => {
    const point = at(event);
    const previous = down.get(event.pointerId);
    if (!previous) {
      // Browsers send a move without movement when content moves below the pointer.
      if (event.movementX === 0 && event.movementY === 0) return;
      armed = true;
      gestures().hover(point.x, point.y);
      return;
    }
    if (down.size === 2) pinchWith(event.pointerId, previous, point);
    else if (start) dragTo(event, previous, point);
    down.set(event.pointerId, point);
  };

  const pinchWith = (id: number, previous: Point, point: Point) => {
    for (const [other, fixed] of down) {
      if (other === id) continue;
      const before = Math.hypot(previous.x - fixed.x, previous.y - fixed.y);
      const after = Math.hypot(point.x - fixed.x, point.y - fixed.y);
      if (before > 0) gestures().pinch((point.x + fixed.x) / 2, (point.y + fixed.y) / 2, after / before);
      gestures().pan((point.x - previous.x) / 2, (point.y - previous.y) / 2);
    }
  };

  const dragTo = (event: PointerEvent, previous: Point, point: Point) => {
    if (!start) return;
    if (drag === "none") {
      if (Math.hypot(point.x - start.x, point.y - start.y) < CLICK) return;
      drag = gestures().pans() && !event.shiftKey ? "pan" : "select";
      element.dataset.drag = drag;
    }
    if (drag === "pan") gestures().pan(point.x - previous.x, point.y - previous.y);
    else gestures().select(start.x, start.y, point.x, point.y);
  };

  const onUp = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    const point = at(event);
    if (start && drag === "none" && event.type === "pointerup") gestures().click(point.x, point.y, event.shiftKey);
    start = null;
    delete element.dataset.drag;
  };

  element.addEventListener("wheel", onWheel, { signal, passive: false });
  element.addEventListener("pointerdown", onDown, { signal });
  element.addEventListener("pointermove", onMove, { signal });
  element.addEventListener("pointerup", onUp, { signal });
  element.addEventListener("pointercancel", onUp, { signal });
  element.addEventListener("pointerleave", () => (armed = down.size > 0), { signal });
  element.addEventListener("dblclick", (event) => gestures().doubleClick(at(event).x, at(event).y), { signal });
}
