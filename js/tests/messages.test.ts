import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Failure } from "../src/protocol";
import { createMessages, type Messages } from "../src/store/messages";

const FAILED: Failure = { kind: "Failure", code: "value-refused", text: "no" };
let lifetime: AbortController;
let messages: Messages;

beforeEach(() => {
  vi.useFakeTimers();
  lifetime = new AbortController();
  messages = createMessages(lifetime.signal);
});

afterEach(() => {
  lifetime.abort();
  vi.useRealTimers();
});

const say = (title: string, severity: "info" | "warn" = "info"): void =>
  messages.remark([{ severity, title, text: "" }]);
const title = (): string | undefined => messages.current.value?.title;

test("what only informs goes away by itself, each after it was seen for eight seconds", () => {
  say("first");
  say("second");
  expect(messages.waiting.value).toBe(1);
  vi.advanceTimersByTime(7_900);
  expect(title()).toBe("second");
  vi.advanceTimersByTime(200);
  expect(title()).toBe("first");
  vi.advanceTimersByTime(7_800);
  expect(title()).toBe("first");
  vi.advanceTimersByTime(200);
  expect(title()).toBeUndefined();
});

test("it stays while somebody is at it", () => {
  say("first");
  messages.held.value = messages.current.value?.id ?? 0;
  vi.advanceTimersByTime(60_000);
  expect(title()).toBe("first");
  messages.held.value = 0;
  vi.advanceTimersByTime(8_100);
  expect(title()).toBeUndefined();
});

test("what warns, failed or asks stays until it is closed", () => {
  say("a warning", "warn");
  vi.advanceTimersByTime(60_000);
  expect(title()).toBe("a warning");
  messages.fail("a question", FAILED, [{ label: "go on", run: () => {} }]);
  vi.advanceTimersByTime(60_000);
  expect(title()).toBe("a question");
});

test("nothing runs on when the view is closed", () => {
  say("first");
  lifetime.abort();
  expect(vi.getTimerCount()).toBe(0);
});
