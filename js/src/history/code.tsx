/** The code of the selected entries below them, or why there is none, and the way to the clipboard. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { capital, plural } from "../format";
import { CloseIcon, CopyIcon } from "../icons";
import { useStore } from "../view";

export function Code(): JSX.Element {
  const { history, gone } = useStore();
  const { script } = history;
  const block = useRef<HTMLPreElement>(null);
  const copier = useRef<HTMLButtonElement>(null);
  const [said, setSaid] = useState({ about: "", text: "" });
  const code = script.code.value;
  const refusal = script.refusal.value;
  const off = refusal || (code === null ? gone.value : "");
  const shut = code === null && !refusal;
  const copy = async (): Promise<void> => {
    const text = code ?? (await script.ask());
    if (text === null) return; // the reason is shown
    try {
      await navigator.clipboard.writeText(text);
      setSaid({ about: text, text: "Copied" });
    } catch {
      requestAnimationFrame(() => block.current && getSelection()?.selectAllChildren(block.current));
      setSaid({ about: text, text: "Press Ctrl+C to copy" }); // the page may not write to the clipboard by itself
    }
  };
  const omitted = script.omitted.value;
  return (
    <div class={`pw-py ${shut ? "shut" : ""}`}>
      {code !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        <pre ref={block} role="region" tabIndex={0} aria-label="Python code">
          {code || "# nothing is done yet"}
        </pre>
      )}
      {refusal && <p role="alert">{capital(refusal)}</p>}
      <span class="ac">
        <span class="mut" role="status" title={omitted > 0 ? "The model does not hold them now" : undefined}>
          {(said.about === code && said.text) || (code !== null && omitted > 0 && `${plural(omitted, "row")} left out`)}
        </span>
        <button
          ref={copier}
          type="button"
          class="btn"
          title={off || undefined}
          aria-disabled={off !== ""}
          onClick={() => off === "" && void copy()}
        >
          <CopyIcon />
          Copy as Python
        </button>
        {!shut && (
          <button
            type="button"
            class="btn ic"
            aria-label="Close the code"
            title="Close · Esc"
            onClick={() => {
              copier.current?.focus();
              script.clear();
            }}
          >
            <CloseIcon />
          </button>
        )}
      </span>
    </div>
  );
}
