/** Puts a component on the page and finds parts of it as a user would: by role and name. */

import { type ComponentChildren, render } from "preact";
import { act } from "preact/test-utils";

export interface Mounted {
  host: HTMLElement;
  show(children: ComponentChildren): Promise<void>;
  all(role: string): HTMLElement[];
  one(role: string, name?: string): HTMLElement;
  gone(): Promise<void>;
}

export async function mount(children: ComponentChildren): Promise<Mounted> {
  const host = document.createElement("div");
  document.body.append(host);
  const show = (next: ComponentChildren) => act(async () => render(next, host));
  const all = (role: string) => [...host.querySelectorAll<HTMLElement>(`[role=${role}],${IMPLICIT[role] ?? "none"}`)];
  await show(children);
  return {
    host,
    show,
    all,
    one(role, name) {
      const found = all(role).filter((element) => name === undefined || nameOf(element) === name);
      if (found.length !== 1) throw new Error(`${found.length} elements are a ${role} named ${name}`);
      return found[0] as HTMLElement;
    },
    gone: () => act(async () => render(null, host)),
  };
}

const IMPLICIT: Record<string, string> = { textbox: "input:not([type])" };

function nameOf(element: HTMLElement): string {
  return element.getAttribute("aria-label") ?? element.textContent ?? "";
}

export function press(element: Element, key: string, held: KeyboardEventInit = {}): Promise<void> {
  return act(async () => {
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...held }));
  });
}

export function type(input: Element, text: string): Promise<void> {
  return act(async () => {
    (input as HTMLInputElement).value = text;
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}

/** Lets promises and short timers run out. */
export function settle(milliseconds = 0): Promise<void> {
  return act(() => new Promise<void>((done) => setTimeout(done, milliseconds)));
}
