/** Mounts the app over a mock kernel and finds things as a person would: by role and name. */

import { type ByRoleOptions, getQueriesForElement, waitFor } from "@testing-library/dom";
import { onTestFinished } from "vitest";
import { mount } from "../src/app";
import { type Channel, openChannel } from "../src/channel";
import type { Dataset } from "./datasets";
import { createMockModel, type MockModel, type MockOptions } from "./mock";

export interface View {
  model: MockModel;
  channel: Channel;
  el: HTMLElement;
  row(name: string | RegExp): Promise<HTMLElement>;
  rows(): string[];
  find(role: string, name: string | RegExp, more?: ByRoleOptions): Promise<HTMLElement>;
  query(role: string, name: string | RegExp): HTMLElement | null;
  close(): void;
}

export function open(data: Dataset, options: MockOptions = {}): View {
  const model = createMockModel(data, options);
  const lifetime = new AbortController();
  onTestFinished(() => lifetime.abort());
  return view(model, openChannel(model, lifetime.signal));
}

/** A view on a channel; a second one shares it. */
export function view(model: MockModel, channel: Channel): View {
  const lifetime = new AbortController();
  onTestFinished(() => lifetime.abort());
  const el = document.createElement("div");
  document.body.append(el);
  mount(channel, el, lifetime.signal);
  const page = getQueriesForElement(el);
  const find = (role: string, name: string | RegExp, more: ByRoleOptions = {}): Promise<HTMLElement> =>
    page.findByRole(role, { name, ...more });
  return {
    model,
    channel,
    el,
    find,
    row: (name) => find("treeitem", name),
    rows: () => page.queryAllByRole("treeitem").map((row) => row.getAttribute("aria-label") ?? ""),
    query: (role, name) => page.queryByRole(role, { name }),
    close: () => lifetime.abort(),
  };
}

export function type(field: HTMLElement, text: string): void {
  (field as HTMLInputElement).value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function press(target: Element, key: string, more: KeyboardEventInit = {}): void {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
}

/** The labels at the left of a chart, each with the room that it has there and the least that it takes, in pixels. */
export function axisOf(chart: Element): { text: string; room: number; least: number }[] {
  return [...chart.querySelectorAll(".tick text[text-anchor=end]")].map((label) => {
    const text = label.textContent ?? "";
    return {
      text,
      room: Number(label.getAttribute("x")),
      least: 6 * text.replace(/[.,]/g, "").length + 2 * text.replace(/[^−]/g, "").length,
    };
  });
}

/** Whether the keyboard is lost the moment something goes away: until the next frame a key would be the notebook's. */
export function watchKeyboard(page: View): () => boolean {
  let lost = false;
  const observer = new MutationObserver(() => {
    lost ||= document.activeElement === document.body;
  });
  observer.observe(page.el, { childList: true, subtree: true });
  onTestFinished(() => observer.disconnect());
  return () => lost;
}

/** The last request of a kind, once there is one. */
export async function sent<K extends string>(model: MockModel, kind: K) {
  return waitFor(() => {
    const request = model.requests.findLast((each) => each.kind === kind);
    if (!request) throw new Error(`no ${kind} was sent`);
    return request as Extract<typeof request, { kind: K }>;
  });
}

/** The id in what was given to `send` of a model. */
export function idOf(call: readonly unknown[] | undefined): number {
  return (call?.[0] as { id: number } | undefined)?.id ?? Number.NaN;
}
