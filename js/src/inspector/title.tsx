/** Name and facts of the tensor on the screen, and its lock. */

import type { JSX } from "preact";
import { bytes, int, name, shape } from "../format";
import { LockIcon } from "../icons";
import { ancestorsOf, isShapeless } from "../rows";
import { useStore } from "../view";

export function TitleBar(): JSX.Element {
  const store = useStore();
  const { tree, pane, writer } = store;
  const line = pane.line.value;
  const facts = pane.description.value;
  if (!line) return <div class="pw-title" />;
  const above = ancestorsOf(tree.lines.value, line.index);
  const frozen = line.lock === "frozen";
  const { trial, trial_paths } = tree.header.value;
  const waiting = writer.locking.value.has(line.path);
  return (
    <div class="pw-title">
      <nav class="pw-crumb" aria-label="Path" title={name(line.path)}>
        {above.map((layer) => (
          <span key={layer.path} class="up">
            <button
              type="button"
              onClick={() => {
                tree.reveal(layer.path);
                tree.focus.value = layer.path;
              }}
            >
              {name(layer.name)}
            </button>
            <span class="sep">/</span>
          </span>
        ))}
        <b title={name(line.path)}>{name(line.name)}</b>
        {line.edited && <span class="mk ed" title="edited" />}
        {trial && trial_paths.includes(line.path) && store.gone.value === "" && (
          <span class="pw-pv" title={`In the model, not applied: ${name(trial)}`}>
            preview
          </span>
        )}
        {facts && facts.alias.length > 0 && (
          <span class="pw-badge" title={`same storage as ${facts.alias.map(name).join(", ")}: an edit moves them all`}>
            tied
          </span>
        )}
      </nav>
      <div class="pw-meta">
        <span class="mono">{isShapeless(line) ? "?" : shape(line.shape)}</span>
        <span>{line.dtype}</span>
        {facts && <span class="dev">{facts.device.toUpperCase()}</span>}
        {facts && !isShapeless(line) && <span>{bytes(facts.bytes)}</span>}
        {facts?.summary && facts.summary.sampled > 1 && (
          <span title="the statistics are those of a sample">1 in {int(facts.summary.sampled)} read</span>
        )}
        {line.lock !== "none" && (
          <button
            type="button"
            class={`btn ${waiting ? "wait" : ""}`}
            aria-pressed={frozen}
            aria-busy={waiting}
            title={store.unfreezable.value || `${frozen ? "Unfreeze" : "Freeze"} · F`}
            aria-disabled={store.unfreezable.value !== "" || waiting}
            onClick={() => store.freeze(line.path)} // refuses while it waits
          >
            <LockIcon lock={line.lock} />
            <span>{frozen ? "Frozen" : "Trainable"}</span>
          </button>
        )}
      </div>
    </div>
  );
}
