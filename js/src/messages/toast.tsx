/** One message at a time, over the foot of the tree: never over values. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { focused } from "../focus";
import { CloseIcon, SeverityIcon } from "../icons";
import { Path } from "../path";
import { useStore } from "../view";

const TONE = { info: "inf", warn: "", error: "err" };

export function Toasts(): JSX.Element {
  const { messages } = useStore();
  const place = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null); // what had the keyboard before a message got it
  const message = messages.current.value;
  const asks = message !== null && message.actions.length > 0;

  // a question is the answer to an undo just made here: the keyboard goes to the choice that changes nothing
  useLayoutEffect(() => {
    const root = place.current?.closest(".pw");
    const here = focused();
    if (!asks || !root || (here !== document.body && !root.contains(here))) return;
    if (!place.current?.contains(here)) before.current = here;
    place.current?.querySelector<HTMLElement>(".ac .btn:last-child")?.focus();
  }, [asks && message.id]);

  const leave = (): void => {
    if (!place.current?.contains(focused())) return;
    const back = before.current;
    const target = back?.isConnected && back !== document.body ? back : place.current.closest(".pw");
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  };
  const hold = (id: number) => () => {
    messages.held.value = id;
  };
  return (
    <div
      ref={place}
      class="pw-toasts"
      aria-live="polite"
      onFocusIn={(event) => {
        const from = event.relatedTarget as Element | null;
        if (from && !event.currentTarget.contains(from)) before.current = from;
      }}
    >
      {message && (
        <div
          key={message.id}
          class={`pw-toast ${TONE[message.severity]}`}
          role={message.severity === "error" ? "alert" : "status"}
          onPointerEnter={hold(message.id)}
          onPointerLeave={hold(0)}
          onFocusIn={hold(message.id)}
          onFocusOut={hold(0)}
        >
          <SeverityIcon severity={message.severity} />
          <div class="tx">
            <b>
              <Path text={message.title} />
            </b>
            <p>{message.text && <Path text={message.text} />}</p>
            {message.actions.length > 0 && (
              <div class="ac">
                {message.actions.map((action) => (
                  <button
                    key={action.label}
                    type="button"
                    class="btn"
                    onClick={() => {
                      leave();
                      messages.dismiss(message.id);
                      action.run();
                    }}
                  >
                    {action.label}
                  </button>
                ))}
              </div>
            )}
            {messages.waiting.value > 0 && <p class="more">{messages.waiting.value} more</p>}
          </div>
          <button
            type="button"
            class="x"
            aria-label="Dismiss"
            onClick={() => {
              leave();
              messages.dismiss(message.id);
            }}
          >
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
