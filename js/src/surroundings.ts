/** What a view can learn of the page around it: whether it is seen, and whether the theme is dark. */

import { computed, signal } from "@preact/signals";
import type { Surroundings } from "./store";
import type { Place } from "./store/dock";

export function watchSurroundings(el: HTMLElement, lifetime: AbortSignal): Surroundings {
  const onScreen = signal(true);
  const pageShown = signal(document.visibilityState !== "hidden");
  const dark = signal(isDark(el));

  const place = signal<Place>("elsewhere"); // until the view is in the page
  const look = (): void => {
    dark.value = isDark(el);
    if (el.isConnected) place.value = placeOf(el);
  };
  document.addEventListener(
    "visibilitychange",
    () => {
      pageShown.value = document.visibilityState !== "hidden";
    },
    { signal: lifetime },
  );
  const seen = new IntersectionObserver((entries) => {
    onScreen.value = entries.at(-1)?.isIntersecting ?? true;
    look();
  });
  seen.observe(el);
  // themes are switched by attributes of the body (JupyterLab), or by classes of the root (others)
  const themes = new MutationObserver(look);
  const options = { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-theme"] };
  themes.observe(document.body, options);
  themes.observe(document.documentElement, options);
  for (const query of [FORCED, DARK]) matchMedia(query).addEventListener("change", look, { signal: lifetime });
  requestAnimationFrame(look); // before, the element has no colours of its own
  lifetime.addEventListener("abort", () => {
    seen.disconnect();
    themes.disconnect();
  });
  return { awake: computed(() => onScreen.value && pageShown.value), dark, place };
}

const FORCED = "(forced-colors: active)";
const DARK = "(prefers-color-scheme: dark)";

/** High contrast goes before every theme. JupyterLab says it; elsewhere the first opaque background tells. */
export function isDark(el: HTMLElement): boolean {
  if (matchMedia(FORCED).matches) return matchMedia(DARK).matches;
  const told = document.body.dataset.jpThemeLight;
  if (told !== undefined) return told === "false";
  for (let at: Element | null = el; at; at = at.parentElement ?? (at.getRootNode() as ShadowRoot).host ?? null) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = painted(getComputedStyle(at).backgroundColor);
    if (alpha > 127) return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 110;
  }
  return false;
}

/** Red, green, blue and alpha, 0 to 255, of a colour in whatever notation: `color(srgb 1 1 1)` and `oklch(…)` are as common as `rgb(…)`. */
function painted(colour: string): Iterable<number> {
  const brush = document.createElement("canvas").getContext("2d");
  if (!brush) return [];
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  return brush.getImageData(0, 0, 1, 1).data;
}

/** JupyterLab says who it is in its page; its notebooks are told from its panels by what is around. */
export function placeOf(el: HTMLElement): Place {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  if (!config) return "elsewhere";
  try {
    if ((JSON.parse(config) as { appName?: string }).appName !== "JupyterLab") return "elsewhere";
  } catch {
    return "elsewhere";
  }
  return el.closest(".jp-Notebook") ? "cell" : "panel";
}
