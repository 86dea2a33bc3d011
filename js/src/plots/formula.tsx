/** The bar above the grid: address and exact text of a cell; while typing, what the dtype will hold. */

import type { JSX } from "preact";
import { minus, num } from "../format";
import type { Failure, Stored } from "../protocol";
import type { CellData } from "./cells";
import type { Edit } from "./editor";

export interface FormulaProps {
  address: string;
  cell: CellData | undefined;
  dtype: string;
  locked: string;
  edit: Edit | null;
  answer: Stored | Failure | null;
  answerId: string;
  notice: string;
}

export function FormulaBar(props: FormulaProps): JSX.Element {
  const { address, cell, edit, answer, answerId, dtype, notice } = props;
  const isSaying = notice !== "" || (edit !== null && answer?.kind === "Failure");
  return (
    <div class={`pw-fx${isSaying ? " says" : ""}`}>
      <span class="adr">{edit?.address ?? address}</span>
      {edit ? (
        <>
          <span class="tx typed">
            {minus(edit.text)}
            <span class="caret" aria-hidden="true" />
          </span>
          <Answer answer={answer} id={answerId} dtype={dtype} />
          <Notice text={notice} />
          <span class="sp" />
          <Before edit={edit} now={edit.address === address ? cell?.text : undefined} />
        </>
      ) : (
        <>
          <span class="tx">{cell ? minus(cell.text) : ""}</span>
          <Notice text={notice} />
          {!notice && (
            <>
              <span class="sp" />
              {cell?.edited && <span class="st x">edited</span>}
              {props.locked && (
                <span class="st" title={props.locked}>
                  read only
                </span>
              )}
            </>
          )}
        </>
      )}
    </div>
  );
}

function Notice({ text }: { text: string }): JSX.Element | null {
  if (!text) return null;
  return (
    <span class="st err" role="alert" title={text}>
      {text}
    </span>
  );
}

/** What the text replaces. Another view or the program may store something else while somebody types. */
function Before({ edit, now }: { edit: Edit; now: string | undefined }): JSX.Element | null {
  const was = edit.stored || (now ?? "");
  if (was === "") return null;
  if (now === undefined || now === was) {
    const text = `was ${minus(was)}`;
    return (
      <span class="st x" title={text}>
        {text}
      </span>
    );
  }
  return (
    <span class="st was">
      now {minus(now)} (was {minus(was)})
    </span>
  );
}

function Answer(props: { answer: Stored | Failure | null; id: string; dtype: string }): JSX.Element {
  const { answer, id, dtype } = props;
  const stored = answer?.kind === "Stored" ? `stored as ${minus(answer.text)} in ${dtype}, ${answer.bits}` : undefined;
  return (
    <span
      class={`st${answer?.kind === "Failure" ? " err" : ""}`}
      id={id}
      role="status"
      title={answer?.kind === "Failure" ? answer.text : stored}
    >
      {answer?.kind === "Failure" && answer.text}
      {answer?.kind === "Stored" && (
        <>
          → stored as <b>{minus(answer.text)}</b> in {dtype} <Distance error={Number(answer.error)} />{" "}
          <span class="mono x">{answer.bits}</span>
        </>
      )}
    </span>
  );
}

function Distance({ error }: { error: number }): JSX.Element {
  if (error === 0) return <span class="x">exact</span>;
  return <span class="x">error {Number.isFinite(error) ? minus(error.toExponential(1)) : num(error)}</span>;
}
