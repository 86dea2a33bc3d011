/** What the doctor found, between the tree and its chips: the worst first, each with the way there and, where there is one, the fix. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { capital, name, plural } from "../format";
import { useReturn } from "../history/watch";
import { CloseIcon, PulseIcon, SeverityIcon } from "../icons";
import type { Finding } from "../protocol";
import { useStore } from "../view";

const GROUPS = [
  ["error", "Errors"],
  ["warn", "Warnings"],
  ["info", "Worth knowing"],
] as const;

/** `offered`: something is wrong that an examination would explain. */
export function DoctorChip(props: { offered: boolean }): JSX.Element {
  const { doctor } = useStore();
  return (
    <button
      type="button"
      class={`dr ${props.offered ? "offer" : ""}`}
      aria-label="Examine"
      title="Examine the model"
      aria-expanded={doctor.open.value}
      onClick={() => void doctor.examine()}
    >
      <PulseIcon size={14} />
      <span>Examine</span>
    </button>
  );
}

export function Doctor(): JSX.Element | null {
  return useStore().doctor.open.value ? <Report /> : null;
}

function Report(): JSX.Element {
  const { doctor } = useStore();
  const place = useRef<HTMLElement>(null);
  useReturn(place, ".x");
  const found = doctor.findings.value;
  return (
    <section
      ref={place}
      class="pw-dr"
      tabIndex={-1}
      aria-label="Examination"
      aria-busy={doctor.running.value}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        doctor.close();
      }}
    >
      <div class="pw-dh">
        <b>Examination</b>
        <span class="mut" role="status">
          <Verdict />
        </span>
        <span class="sp" />
        {doctor.stale.value && !doctor.running.value && (
          <button type="button" class="btn" title="The model has changed since" onClick={() => void doctor.examine()}>
            Examine again
          </button>
        )}
        <button
          type="button"
          class="btn ic x"
          aria-label="Close examination"
          title="Close · Esc"
          onClick={doctor.close}
        >
          <CloseIcon />
        </button>
      </div>
      {doctor.failure.value && <p role="alert">{capital(doctor.failure.value)}</p>}
      {found && (
        <div class="ls">
          {GROUPS.map(([severity, title]) => (
            <Group key={severity} title={title} items={found.items.filter((item) => item.severity === severity)} />
          ))}
        </div>
      )}
    </section>
  );
}

function Verdict(): JSX.Element | null {
  const { findings, running, failure } = useStore().doctor;
  const found = findings.value;
  if (running.value) return <>examining …</>;
  if (!found || failure.value) return null;
  const examined = `${plural(found.examined, "tensor")} examined`;
  return (
    <>{found.items.length === 0 ? `Healthy: ${examined}` : `${plural(found.items.length, "finding")}, ${examined}`}</>
  );
}

function Group(props: { title: string; items: readonly Finding[] }): JSX.Element | null {
  if (props.items.length === 0) return null;
  return (
    <section aria-label={props.title}>
      <h4>{props.title}</h4>
      <ul>
        {props.items.map((item) => (
          <Item key={item.number} finding={item} />
        ))}
      </ul>
    </section>
  );
}

function Item(props: { finding: Finding }): JSX.Element {
  const { doctor, history, writable } = useStore();
  const { severity, path, region, title, text, fix } = props.finding;
  return (
    <li class={severity}>
      <SeverityIcon severity={severity} />
      <div>
        <b>{capital(title)}</b>
        {path && (
          <button
            type="button"
            class="lnk"
            title="Show it"
            onClick={() => {
              history.open.value = false; // it would cover what is jumped to
              doctor.jump(props.finding);
            }}
          >
            {name(path)} {region && <span class="mono">{region}</span>}
          </button>
        )}
        <p>{text}</p>
        {fix && (
          <button
            type="button"
            class="btn line"
            title="As one edit, which can be undone"
            aria-disabled={!writable.value}
            onClick={() => writable.peek() && void doctor.treat(props.finding)}
          >
            {capital(fix)}
          </button>
        )}
      </div>
    </li>
  );
}
