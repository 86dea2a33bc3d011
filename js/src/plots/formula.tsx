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
  editable: boolean;
  edit: Edit | null;
  answer: Stored | Failure | null;
  answerId: string;
  notice: string;
}

export function FormulaBar(props: FormulaProps): JSX.Element {
  const { address, cell, edit, answer, answerId, dtype, notice } = props;
  return (
    <div class="pw-fx">
      <span class="adr">{address}</span>
      {edit ? (
        <>
          <span class="tx">
            {minus(edit.text)}
            <span class="caret" aria-hidden="true" />
          </span>
          <Answer answer={answer} id={answerId} dtype={dtype} />
          <span class="sp" />
          <span class="st x">was {minus(edit.before)}</span>
        </>
      ) : (
        <>
          <span class="tx">{cell ? minus(cell.text) : ""}</span>
          {notice ? (
            <span class="st err" role="alert" title={notice}>
              {notice}
            </span>
          ) : (
            <>
              <span class="sp" />
              {cell?.edited && <span class="st x">edited</span>}
              {!props.editable && <span class="st">read only</span>}
            </>
          )}
        </>
      )}
    </div>
  );
}

function Answer(props: { answer: Stored | Failure | null; id: string; dtype: string }): JSX.Element {
  const { answer, id, dtype } = props;
  return (
    <span class={`st${answer?.kind === "Failure" ? " err" : ""}`} id={id} role="status">
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
