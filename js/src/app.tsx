/** The whole view: header over tree and tensor. One layout; a container query stacks it where it is narrow. */

import { type JSX, render } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Channel } from "./channel";
import { Compare } from "./compare/compare";
import { Away } from "./dock";
import { EditBar } from "./edit/bar";
import { keepKeyboard } from "./focus";
import { name } from "./format";
import { HeaderBar } from "./header";
import { HistoryDrawer } from "./history/drawer";
import { ViewBar } from "./inspector/mapper";
import { Plot } from "./inspector/plot";
import { SummaryStrip } from "./inspector/summary";
import { TitleBar } from "./inspector/title";
import { createRootKeys } from "./keys";
import { Lesson } from "./lesson/lesson";
import { Help } from "./messages/help";
import { KernelBand } from "./messages/kernel";
import { ProbeStrip } from "./probe/strip";
import { createStore, type Store } from "./store";
import { watchSurroundings } from "./surroundings";
import { Side } from "./tree/side";
import { StoreContext } from "./view";

/** Show an editor in `el` until `lifetime` aborts. */
export function mount(channel: Channel, el: HTMLElement, lifetime: AbortSignal): void {
  const store = createStore(channel, watchSurroundings(el, lifetime), lifetime);
  render(<App store={store} onLook={() => channel.look()} />, el);
  lifetime.addEventListener("abort", () => render(null, el));
}

function App(props: { store: Store; onLook(): void }): JSX.Element {
  const { store } = props;
  const root = useRef<HTMLDivElement>(null);
  const onKeyDown = useMemo(() => createRootKeys(store, () => root.current), [store]);
  useLayoutEffect(() => (root.current ? keepKeyboard(root.current) : undefined), []);
  const editCells = (): void => {
    store.edit.setScope("cells");
    const focus = (): void => {
      const field = root.current?.querySelector<HTMLInputElement>(".pw-edit input.main");
      field?.focus();
      field?.select();
    };
    if (store.edit.type.peek() === "Fill") focus();
    else {
      store.edit.setType("Fill");
      requestAnimationFrame(focus); // once the field is there
    }
  };
  return (
    <StoreContext.Provider value={store}>
      <div
        ref={root}
        class={`pw ${store.dark.value ? "pw-dark" : ""}`}
        // a click beside the controls would else focus the notebook cell around, and letters would be its commands
        tabIndex={-1}
        role="region"
        aria-label={`Parameters of ${name(store.tree.header.value.title)}`}
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
        onPointerEnter={props.onLook}
      >
        {store.dock.away.value ? (
          <Away />
        ) : (
          <div class="pw-in">
            <HeaderBar />
            <KernelBand />
            {store.tree.total.value === 0 ? (
              <div class="pw-msg">
                <b>No parameters yet</b>
                <span>The tree fills in by itself when the model has some.</span>
              </div>
            ) : (
              <div class="pw-body" hidden={store.compare.open.value}>
                <Lesson />
                <Side />
                <section class="pw-main" aria-label="Tensor">
                  <TitleBar />
                  <SummaryStrip />
                  <ViewBar />
                  <div class="pw-plotw">
                    <Plot onEdit={editCells} />
                  </div>
                  <EditBar />
                  <HistoryDrawer />
                  <ProbeStrip />
                </section>
              </div>
            )}
            {store.compare.open.value && <Compare />}
            <Help />
          </div>
        )}
      </div>
    </StoreContext.Provider>
  );
}
