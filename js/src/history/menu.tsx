/** The snapshots menu: take one, pick two states to compare, bring one back. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { bytes, name } from "../format";
import { CameraIcon, ClockIcon, CloseIcon, DownIcon, PulseIcon, StackIcon, UndoIcon } from "../icons";
import { headlineText } from "../probe/score";
import type { StateRef } from "../protocol";
import { NOW, sameState } from "../store/states";
import { useStore } from "../view";
import { Picks } from "./picks";
import { useHistory, useReturn } from "./watch";

export function SnapshotsMenu(): JSX.Element {
  const { states } = useStore();
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
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
  return (
    <div class="pw-snaps" ref={place}>
      {on && (
        <span class="pw-on" role="status" title="The model stands there · A flips">
          <span class="ab on">{on}</span>
          {name(states.name(on === "A" ? states.a.value : states.b.value).title)}
        </span>
      )}
      <button
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
      {open && <Menu onClose={() => setOpen(false)} />}
    </div>
  );
}

function Menu(props: { onClose(): void }): JSX.Element {
  const { history, states, compare, doctor, tree, writable } = useStore();
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
    off = false,
  ): JSX.Element => (
    <button
      type="button"
      class="it"
      aria-disabled={off}
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
      )}
      <hr />
      <div class="hd">Pick two to compare</div>
      <div class="st">
        {listed.map((state) => (
          <StateLine key={`${state.kind} ${state.entry ?? state.name ?? ""}`} state={state} />
        ))}
      </div>
      <hr />
      {item(<StackIcon />, "Compare A with B", compare.show, <kbd>C</kbd>)}
      {item(
        <UndoIcon />,
        `Restore A: ${name(a.title)}`,
        () => void compare.restore(true),
        undefined,
        !writable.value || a.entry === null || states.a.value.kind === "now",
      )}
      <hr />
      {item(<ClockIcon />, "History", () => uncovered(() => (history.open.value = true)), <kbd>H</kbd>)}
      {item(<PulseIcon />, "Examine the model", () => uncovered(() => void doctor.examine()))}
    </div>
  );
}

function StateLine(props: { state: StateRef }): JSX.Element {
  const { history, states } = useStore();
  const { state } = props;
  const { title, detail, score } = states.name(state);
  const own = history.data.value?.snapshots.find((each) => state.kind === "snapshot" && each.name === state.name);
  return (
    <div class="it" title={own && `${bytes(own.bytes)} of memory`}>
      <Picks state={state} title={name(title)} />
      <span class="nm">{name(title)}</span>
      <span class="mut">{detail}</span>
      <span class="sp" />
      {score !== null && <span class="mut end">{headlineText(history.probe.value, score)}</span>}
      {own && (
        <button
          type="button"
          class="un"
          aria-label={`Drop snapshot ${name(own.name)}`}
          title="Drop this snapshot"
          onClick={() => void history.dropSnapshot(own.name)}
        >
          <CloseIcon />
        </button>
      )}
    </div>
  );
}

/** Arrows go through all buttons, round and round. */
function step(menu: HTMLElement, back: boolean): void {
  const buttons = [...menu.querySelectorAll<HTMLElement>("button")];
  const at = buttons.indexOf((menu.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement);
  buttons[(at + (back ? buttons.length - 1 : 1)) % buttons.length]?.focus();
}
