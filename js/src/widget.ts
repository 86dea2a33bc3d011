/** The anywidget entry: one channel for each model, opened once and shared by its views; one app for each view. */

import type { AnyWidget } from "@anywidget/types";
import { mount } from "./app";
import { type Channel, type Model, misfit, openChannel } from "./channel";
import "./style.css";
import "./plots/plots.css";
import "./edit/edit.css";
import "./probe/probe.css";
import "./history/history.css";
import "./compare/compare.css";
import "./doctor/doctor.css";
import "./lesson/lesson.css";

// A function is called once for each model, and the hooks of one model share what it returns. The model itself
// would not do as a key: each hook gets its own proxy of it.
export default (): ReturnType<Extract<AnyWidget, () => unknown>> => {
  let channel: Channel | undefined;
  return {
    initialize({ model, signal }) {
      const { ended, end } = lifetime(signal);
      if (!misfit(model as unknown as Model)) channel = openChannel(model as unknown as Model, ended);
      return end;
    },
    render({ model, el, signal }) {
      const reason = misfit(model as unknown as Model);
      if (reason) {
        const note = document.createElement("div");
        note.className = "pw pw-note";
        note.textContent = reason;
        el.replaceChildren(note);
        return;
      }
      const { ended, end } = lifetime(signal);
      channel ??= openChannel(model as unknown as Model, new AbortController().signal);
      mount(channel, el, ended);
      return end;
    },
  };
};

/** Hosts end a hook by its signal, or by the function that it returned; some know one of the two only. */
function lifetime(signal: AbortSignal | undefined): { ended: AbortSignal; end(): void } {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  signal?.addEventListener("abort", end);
  return { ended: controller.signal, end };
}
