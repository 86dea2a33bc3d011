/** One message at a time, over the foot of the tree: never over values. */

import type { JSX } from "preact";
import { CloseIcon, SeverityIcon } from "../icons";
import { useStore } from "../view";

const TONE = { info: "inf", warn: "", error: "err" };

export function Toasts(): JSX.Element {
  const { messages } = useStore();
  const message = messages.current.value;
  return (
    <div class="pw-toasts" aria-live="polite">
      {message && (
        <div
          key={message.id}
          class={`pw-toast ${TONE[message.severity]}`}
          role={message.severity === "error" ? "alert" : "status"}
        >
          <SeverityIcon severity={message.severity} />
          <div class="tx">
            <b>{message.title}</b>
            <p>{message.text}</p>
            {message.actions.length > 0 && (
              <div class="ac">
                {message.actions.map((action) => (
                  <button
                    key={action.label}
                    type="button"
                    class="btn"
                    onClick={() => {
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
          <button type="button" class="x" aria-label="Dismiss" onClick={() => messages.dismiss(message.id)}>
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
