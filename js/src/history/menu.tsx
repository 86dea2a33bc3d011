/** The snapshots menu: take one, pick two states to compare, bring one back. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useReturn } from "../focus";
import { bytes, name, plural } from "../format";
import { CameraIcon, ClockIcon, CloseIcon, DownIcon, PulseIcon, StackIcon, UndoIcon } from "../icons";
import { headlineText } from "../probe/score";
import type { StateRef } from "../protocol";
import { NOW, sameState } from "../store/states";
import { useStore } from "../view";
import { Picks } from "./picks";
import { useHistory } from "./watch";

export function SnapshotsMenu(): JSX.Element {
  const { states } = useStore();
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const on = states.on.value;
  useEffect(() => {
    if (!open) return;
    const root = place.current?.getRootNode();
    const outside = (event: Event): void => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    root?.addEventListener("pointerdown", outside);
    return () => root?.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = (): void => {
    opener.current?.focus({ preventScroll: true }); // what opens next gives the keyboard back to it
    setOpen(false);
  };
  return (
    <div
      class="pw-snaps"
      ref={place}
      onFocusOut={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget as Node)) setOpen(false);
      }}
    >
      {on && (
        <span class="pw-on" role="status" title="The model stands there · A flips">
          <span class="ab on">{on}</span>
          {name(states.name(on === "A" ? states.a.value : states.b.value).title)}
        </span>
      )}
      <button
        ref={opener}
        type="button"
        class="btn"
        aria-label="Snapshots"
        aria-haspopup="dialog"
        aria-expanded={open}
        title="Snapshots and compare"
        onClick={() => setOpen(!open)}
      >
        <StackIcon />
        <span class="t">Snapshots</span>
        <DownIcon />
      </button>
      {open && <Menu onClose={close} />}
    </div>
  );
}

function Menu(props: { onClose(): void }): JSX.Element {
  const { history, states, compare, restore, doctor, tree, gone, fixed } = useStore();
  const menu = useRef<HTMLDivElement>(null);
  const { onClose } = props;
  useHistory();
  useReturn(menu, ".it");
  const snapshots = history.data.value?.snapshots ?? [];
  const listed: StateRef[] = [
    NOW,
    ...snapshots.map((each): StateRef => ({ kind: "snapshot", name: each.name })),
    { kind: "entry", entry: 0 },
  ];
  for (const state of [states.a.value, states.b.value])
    if (!listed.some((each) => sameState(each, state))) listed.splice(1, 0, state);
  const item = (
    icon: JSX.Element,
    text: string,
    act: () => void,
    side?: JSX.Element | string,
    off = "",
  ): JSX.Element => (
    <button
      type="button"
      class="it"
      title={off || undefined}
      aria-disabled={off !== ""}
      onClick={() => {
        if (off) return;
        onClose();
        act();
      }}
    >
      {icon}
      <span>{text}</span>
      <span class="sp" />
      {side}
    </button>
  );
  const uncovered = (act: () => void): void => {
    compare.close();
    act();
  };
  const a = states.name(states.a.value);
  useEffect(restore.count, [states.a.value, tree.header.value]);
  const restorable = restore.restorable.value;
  const settled = states.a.value.kind === "now" ? "A is the model as it is now" : restorable === 0 ? HELD : "";
  return (
    <div
      ref={menu}
      class="pw-menu"
      tabIndex={-1}
      role="dialog"
      aria-label="Snapshots"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
        else if (event.key === "ArrowDown" || event.key === "ArrowUp")
          step(event.currentTarget, event.key === "ArrowUp");
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {item(
        <CameraIcon />,
        "Take a snapshot",
        () => void history.snapshot(),
        <>
          <span class="mut end">{bytes(tree.header.value.bytes)}</span>
          <kbd>S</kbd>
        </>,
        gone.value,
      )}
      <hr />
      <div class="hd">Pick two to compare</div>
      <div class="st">
        {listed.map((state) => (
          <StateLine key={`${state.kind} ${state.entry ?? state.name ?? ""}`} state={state} />
        ))}
        {!history.data.value && gone.value && <div class="hd">No list of snapshots: the kernel is gone</div>}
      </div>
      <hr />
      {item(<StackIcon />, "Compare A with B", compare.show, <kbd>C</kbd>, gone.value)}
      {item(
        <UndoIcon />,
        `Restore A: ${name(a.title)}`,
        () => void restore.everything(),
        restorable ? <span class="mut end">{plural(restorable, "tensor")}</span> : undefined,
        fixed.value || (a.entry === null ? "This snapshot was dropped" : settled),
      )}
      <hr />
      {item(<ClockIcon />, "History", () => uncovered(() => (history.open.value = true)), <kbd>H</kbd>)}
      {item(<PulseIcon />, "Examine the model", () => uncovered(() => void doctor.examine()), undefined, gone.value)}
    </div>
  );
}

function StateLine(props: { state: StateRef }): JSX.Element {
  const { history, states, gone } = useStore();
  const { state } = props;
  const { title, detail, score } = states.name(state);
  const own = history.data.value?.snapshots.find((each) => state.kind === "snapshot" && each.name === state.name);
  return (
    <div class="it" title={own && `${bytes(own.bytes)} of memory`}>
      <Picks state={state} title={name(title)} />
      <span class="nm" title={name(title)}>
        {name(title)}
      </span>
      <span class="mut">{detail}</span>
      <span class="sp" />
      {score !== null && <span class="mut end">{headlineText(history.probe.value, score)}</span>}
      {own && (
        <button
          type="button"
          class="un"
          aria-label={`Drop snapshot ${name(own.name)}`}
          title={gone.value || "Drop this snapshot"}
          aria-disabled={gone.value !== ""}
          onClick={(event) => {
            if (gone.peek()) return;
            step(event.currentTarget.closest<HTMLElement>(".pw-menu"), false); // this button goes away
            void history.dropSnapshot(own.name);
          }}
        >
          <CloseIcon />
        </button>
      )}
    </div>
  );
}

const HELD = "Nothing to restore: the model holds this already";

/** Arrows go through all buttons, round and round. */
function step(menu: HTMLElement | null, back: boolean): void {
  if (!menu) return;
  const buttons = [...menu.querySelectorAll<HTMLElement>("button")];
  const at = buttons.indexOf((menu.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement);
  buttons[(at + (back ? buttons.length - 1 : 1)) % buttons.length]?.focus();
}
