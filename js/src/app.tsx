/** The whole view: header over tree and tensor. One layout; a container query stacks it where it is narrow. */

import { type JSX, render } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Channel } from "./channel";
import { EditBar } from "./edit/bar";
import { HeaderBar } from "./header";
import { ViewBar } from "./inspector/mapper";
import { Plot } from "./inspector/plot";
import { SummaryStrip } from "./inspector/summary";
import { TitleBar } from "./inspector/title";
import { createRootKeys } from "./keys";
import { Help } from "./messages/help";
import { KernelBand } from "./messages/kernel";
import { createStore, type Store } from "./store";
import { watchSurroundings } from "./surroundings";
import { Side } from "./tree/side";
import { StoreContext } from "./view";

/** Show an editor in `el` until `lifetime` aborts. */
export function mount(channel: Channel, el: HTMLElement, lifetime: AbortSignal): void {
  const store = createStore(channel, watchSurroundings(el, lifetime), lifetime);
  render(<App store={store} />, el);
  lifetime.addEventListener("abort", () => render(null, el));
}

function App(props: { store: Store }): JSX.Element {
  const { store } = props;
  const root = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const onKeyDown = useMemo(() => createRootKeys(store, () => root.current), [store]);
  const editCells = (): void => {
    store.edit.setScope("cells");
    field.current?.focus();
    field.current?.select();
  };
  return (
    <StoreContext.Provider value={store}>
      <div
        ref={root}
        class={`pw ${store.dark.value ? "pw-dark" : ""}`}
        role="region"
        aria-label={`Parameters of ${store.tree.header.value.title}`}
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
      >
        <div class="pw-in">
          <HeaderBar />
          <KernelBand />
          <div class="pw-body">
            <Side />
            <section class="pw-main" aria-label="Tensor">
              <TitleBar />
              <SummaryStrip />
              <ViewBar />
              <div class="pw-plotw">
                <Plot onEdit={editCells} />
              </div>
              <EditBar field={field} />
            </section>
          </div>
          <Help />
        </div>
      </div>
    </StoreContext.Provider>
  );
}
