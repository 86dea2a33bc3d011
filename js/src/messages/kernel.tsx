/** What the kernel is doing, where it is not simply there. Late is normal and resolves by itself; gone is said once and clearly. */

import type { JSX } from "preact";
import { useStore } from "../view";
import { Working } from "./working";

const LOST = "What was asked for is sent when the connection is back";
const WRITING = "Waiting for the kernel: it is written at the next safe point";

/** A quiet word in the header while answers are late. The long sentence about writes is for the title and to be read aloud. */
export function KernelStatus(): JSX.Element {
  const { kernel: state, stopWriting } = useStore();
  const kernel = state.value;
  const busy = kernel.state === "busy";
  const writes = busy && kernel.writes;
  const lost = kernel.state === "lost";
  return (
    <div class="pw-kernel" role="status" aria-label="Kernel" title={lost ? LOST : writes ? WRITING : ""}>
      {lost && (
        <>
          <i class="st-dot" aria-hidden="true" />
          <span>No connection to the kernel</span>
        </>
      )}
      {kernel.state === "writing" && <Working what="Writing" share={kernel.share} onCancel={stopWriting} />}
      {busy && (
        <>
          <i class="st-dot" aria-hidden="true" />
          <span aria-hidden={writes}>{writes ? "Write waits for the cell to end" : "Waiting for the kernel"}</span>
          {writes && <span class="pw-aloud">{WRITING}</span>}
        </>
      )}
    </div>
  );
}

/** A band over everything when the kernel will not answer again. */
export function KernelBand(): JSX.Element | null {
  const store = useStore();
  const kernel = store.kernel.value;
  // a panel outlives its kernel, and the cell that runs again opens another one
  const panel = store.place.value === "panel" ? " Then close this panel." : "";
  switch (kernel.state) {
    case "live":
    case "busy":
    case "lost":
    case "writing":
      return null;
    case "gone":
      return (
        <div class="pw-band" role="alert">
          The kernel restarted or stopped. These are the last values it sent; editing is off. Run the cell again.{panel}
        </div>
      );
    case "closed":
      return (
        <div class="pw-band" role="alert">
          {kernel.text}
        </div>
      );
    default:
      return kernel satisfies never;
  }
}
