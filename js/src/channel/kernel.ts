/** Where the kernel stands, and what the host tells of it. What is on its way to the kernel is not known here. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Model } from "./model";

/**
 * `busy`: an answer is late, it will come; `lost`: the line is down, the host is trying;
 * `writing`: a large write is on its way. `gone` and `closed` are final.
 */
export type Kernel =
  | { state: "live" }
  | { state: "busy"; writes: boolean }
  | { state: "lost" }
  | { state: "writing"; share: number }
  | { state: "gone" }
  | { state: "closed"; text: string };

/** The state of a kernel, which changes no more once it has ended. */
export interface KernelState {
  readonly signal: ReadonlySignal<Kernel>;
  ended(): boolean;
  end(state: Kernel): void;
  set(state: Kernel): void;
}

export function createKernel(): KernelState {
  const current = signal<Kernel>({ state: "live" });
  const ended = (): boolean => current.value.state === "gone" || current.value.state === "closed";
  return {
    signal: current,
    ended,
    end(state) {
      if (!ended()) current.value = state;
    },
    set(state) {
      if (!ended() && JSON.stringify(state) !== JSON.stringify(current.value)) current.value = state;
    },
  };
}

/** What a host may tell of the line: the model itself, which is not what anywidget hands over. */
interface Host {
  comm_live?: boolean;
  widget_manager?: { kernel?: { connectionStatus?: string } | null };
}

/** A restarted kernel answers nothing and `send` may not throw; the model's own flag tells. Hosts without it count as live. */
export async function askHost(model: Model): Promise<"live" | "lost" | "gone"> {
  try {
    const own = (await model.widget_manager?.get_model(String(model.get("mid")))) as Host | undefined;
    if (own?.comm_live === false) return "gone";
    // JupyterLab keeps messages while it has no connection, and sends them when it is back
    const line = own?.widget_manager?.kernel?.connectionStatus;
    return line === "connecting" || line === "disconnected" ? "lost" : "live";
  } catch {
    return "live";
  }
}
