/** The app in a plain page. `?model=awkward&width=400&dark&late=2000&do=…`; the names are those of `tests/datasets.ts`. */

import { mount } from "../src/app";
import { openChannel } from "../src/channel";
import "../src/style.css";
import "../src/plots/plots.css";
import "../src/edit/edit.css";
import "../src/probe/probe.css";
import "../src/history/history.css";
import "../src/compare/compare.css";
import "../src/doctor/doctor.css";
import "../src/lesson/lesson.css";
import * as datasets from "../tests/datasets";
import { createMockModel } from "../tests/mock";
import { DEMO } from "../tests/mock-demo";
import { XOR } from "../tests/mock-lesson";

const options = new URLSearchParams(location.search);
document.body.dataset.jpThemeLight = String(!options.has("dark"));
const el = document.getElementById("view") as HTMLElement;
if (options.has("width")) el.style.width = `${options.get("width")}px`;

await Promise.all([...document.fonts].map((face) => face.load())); // a canvas is not drawn anew when they arrive

const models = datasets as unknown as Record<string, datasets.Dataset>;
const data = models[options.get("model") ?? "digits"] ?? datasets.digits;
const model = createMockModel(
  { ...data, selected: options.get("path") ?? data.selected },
  {
    latency: Number(options.get("late") ?? 5),
    probes: options.has("probes") ? DEMO : {},
    ...(options.has("lesson") && { lesson: XOR }),
  },
);
const lifetime = new AbortController();
mount(openChannel(model, lifetime.signal), el, lifetime.signal);
Object.assign(window, { model, lifetime });
