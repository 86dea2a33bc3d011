/** What the doctor found, between the tree and its chips: the worst first, each with the way there and, where there is one, the fix. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { focused, useReturn } from "../focus";
import { capital, plural } from "../format";
import { CloseIcon, PulseIcon, SeverityIcon } from "../icons";
import { Working } from "../messages/working";
import { Path } from "../path";
import type { Finding } from "../protocol";
import { useStore } from "../view";

const GROUPS = [
  ["error", "Errors"],
  ["warn", "Warnings"],
  ["info", "Worth knowing"],
] as const;

/** `offered`: something is wrong that an examination would explain. */
export function DoctorChip(props: { offered: boolean }): JSX.Element {
  const { doctor, gone } = useStore();
  return (
    <button
      type="button"
      class={`dr ${props.offered ? "offer" : ""}`}
      aria-label="Examine"
      title={gone.value || "Examine the model"}
      aria-disabled={gone.value !== ""}
      aria-expanded={doctor.open.value}
      onClick={() => gone.peek() === "" && void doctor.examine()}
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
  const { doctor, gone } = useStore();
  const place = useRef<HTMLElement>(null);
  useReturn(place, ".x");
  const found = doctor.findings.value;
  /** The keyboard goes to the row and stays off the fixes, so that pressing twice does not fix two. */
  const treat = async (finding: Finding, row: HTMLElement | null): Promise<void> => {
    const rows = (): HTMLElement[] => [...(place.current?.querySelectorAll("li") ?? [])];
    const at = row ? rows().indexOf(row) : 0;
    row?.focus();
    if (!(await doctor.treat(finding))) return;
    requestAnimationFrame(() => {
      const here = focused();
      if (here !== document.body && !place.current?.contains(here)) return; // somebody is elsewhere by now
      const next = rows()[at] ?? rows().at(-1) ?? place.current?.querySelector<HTMLElement>("b");
      next?.focus();
    });
  };
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
        <b tabIndex={-1}>Examination</b>
        <span class="mut" role="status">
          <Verdict />
        </span>
        <span class="sp" />
        {doctor.stale.value && !doctor.running.value && !gone.value && (
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
      {doctor.progress.value !== null && (
        <Working what="Examining" share={doctor.progress.value} onCancel={doctor.cancel} />
      )}
      {doctor.failure.value && <p role="alert">{capital(doctor.failure.value)}</p>}
      {found && (
        <div class="ls">
          {GROUPS.map(([severity, title]) => (
            <Group
              key={severity}
              title={title}
              items={found.items.filter((item) => item.severity === severity)}
              onTreat={(finding, row) => void treat(finding, row)}
            />
          ))}
        </div>
      )}
    </section>
  );
}

function Verdict(): JSX.Element | null {
  const { findings, running, failure, progress } = useStore().doctor;
  const found = findings.value;
  if (running.value) return progress.value === null ? <>examining …</> : null;
  if (!found || failure.value) return null;
  const examined = `${plural(found.examined, "tensor")} examined`;
  return (
    <>{found.items.length === 0 ? `Healthy: ${examined}` : `${plural(found.items.length, "finding")}, ${examined}`}</>
  );
}

type Treat = (finding: Finding, row: HTMLElement | null) => void;

function Group(props: { title: string; items: readonly Finding[]; onTreat: Treat }): JSX.Element | null {
  if (props.items.length === 0) return null;
  return (
    <section aria-label={props.title}>
      <h4>{props.title}</h4>
      <ul>
        {props.items.map((item) => (
          <Item key={item.number} finding={item} onTreat={props.onTreat} />
        ))}
      </ul>
    </section>
  );
}

function Item(props: { finding: Finding; onTreat: Treat }): JSX.Element {
  const { doctor, history, fixed } = useStore();
  const { severity, path, region, title, text, fix } = props.finding;
  return (
    <li class={severity} tabIndex={-1}>
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
            <Path text={path} /> {region && <span class="mono">{region}</span>}
          </button>
        )}
        <p>{text}</p>
        {fix && (
          <button
            type="button"
            class="btn line"
            title={fixed.value || "As one edit, which can be undone"}
            aria-disabled={fixed.value !== ""}
            onClick={(event) =>
              fixed.peek() === "" && props.onTreat(props.finding, event.currentTarget.closest<HTMLElement>("li"))
            }
          >
            {capital(fix)}
          </button>
        )}
      </div>
    </li>
  );
}
