/** The keys that work in the widget. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { useReturn } from "../focus";
import { KeysIcon } from "../icons";
import { useStore } from "../view";

type Keys = readonly (readonly [what: string, ...keys: string[]])[];

const ANYWHERE: Keys = [
  ["Next pane", "F6"],
  ["Filter layers", "/"],
  ["Undo", "Ctrl", "Z"],
  ["Redo", "Ctrl", "Shift", "Z"],
  ["Back to the notebook", "Esc"],
];
// in the layers letters find a name, in the values and in fields they are typed
const LETTERS: Keys = [
  ["Go to the edit bar", "E"],
  ["Freeze, unfreeze", "F"],
  ["History", "H"],
  ["Take a snapshot", "S"],
  ["Compare A with B", "C"],
  ["Flip the model: A, B", "A"],
  ["Run the probes", "P"],
];
const LAYERS: Keys = [
  ["Move", "↑", "↓"],
  ["First, last", "Home", "End"],
  ["Open, close", "→", "←"],
  ["Show tensor", "Enter"],
  ["Open siblings", "*"],
  ["Freeze, unfreeze", "F"],
  ["Find a name", "a…z"],
  ["Find a name with f", "Shift", "F"],
];
const TENSOR: Keys = [
  ["Heatmap, values, kernels, spectrum", "1–4"],
  ["The same while typing", "Alt", "1–4"],
  ["Move cursor", "↑", "↓", "←", "→"],
  ["Select a range", "Shift", "↑↓"],
  ["Edit the cell", "F2"],
  ["Fill the selection", "Ctrl", "Enter"],
  ["Apply, take back", "Enter", "Esc"],
  ["Slider, by 10 steps", "Shift", "→"],
  ["Step the first free axis", "[", "]"],
  ["Swap rows and columns", "T"],
];

export function Help(): JSX.Element | null {
  const { messages } = useStore();
  return messages.help.value ? <Dialog onClose={() => (messages.help.value = false)} /> : null;
}

function Dialog(props: { onClose(): void }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const { onClose } = props;
  useReturn(place, ".btn");
  return (
    // a click beside the dialog closes it; the keyboard has Esc and the button
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div class="pw-scrim" onClick={(event) => event.target === event.currentTarget && onClose()}>
      <div
        ref={place}
        class="pw-help"
        tabIndex={-1}
        role="dialog"
        aria-modal="true"
        aria-label="Keyboard"
        onKeyDown={(event) => {
          if (event.key === "Escape" || event.key === "?") onClose();
          if (event.key === "Tab") event.preventDefault(); // there is one button to be on
          event.stopPropagation();
        }}
      >
        <h3>
          <KeysIcon />
          Keyboard <span class="mut">while the widget has focus</span>
          <span class="sp" />
          <button type="button" class="btn" aria-label="Close: Esc" onClick={onClose}>
            <kbd>Esc</kbd>
          </button>
        </h3>
        <div class="cols">
          <div>
            <Section title="Anywhere" keys={ANYWHERE} />
            <Section title="Outside layers, values and fields" keys={LETTERS} />
          </div>
          <Section title="Layers" keys={LAYERS} />
          <Section title="Tensor" keys={TENSOR} />
        </div>
      </div>
    </div>
  );
}

function Section(props: { title: string; keys: Keys }): JSX.Element {
  return (
    <div>
      <h4>{props.title}</h4>
      {props.keys.map(([what, ...keys]) => (
        <div class="k" key={what}>
          <span>{what}</span>
          <span>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </span>
        </div>
      ))}
    </div>
  );
}
