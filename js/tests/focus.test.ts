import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import { awkward, digits } from "./datasets";
import { open, press, type, type View } from "./harness";

const focused = (): Element => document.activeElement as Element;

async function edit(page: View, text: string): Promise<HTMLInputElement> {
  const field = (await page.find("textbox", "Value")) as HTMLInputElement;
  field.focus();
  type(field, text);
  (field.closest("form") as HTMLFormElement).requestSubmit();
  await page.find("button", /^Undo: set/);
  return field;
}

describe("the keyboard stays in the widget", () => {
  test("after a click beside the controls", () => {
    const page = open(digits);
    expect((page.el.firstElementChild as HTMLElement).tabIndex).toBe(-1);
  });

  test("when the view is switched under it, by 1 and 2 and by Alt+1 and Alt+2", async () => {
    const page = open({ ...digits, selected: "logits/kernel" });
    const picture = await page.find("img", /^Heatmap of/);
    picture.focus();
    press(picture, "2");
    await waitFor(() => expect(focused().getAttribute("role")).toBe("gridcell"));
    press(focused(), "1", { altKey: true, code: "Digit1" });
    await waitFor(() => expect(focused().getAttribute("aria-label")).toMatch(/^Heatmap of/));
    const field = await page.find("textbox", "Value");
    field.focus();
    press(field, "™", { altKey: true, code: "Digit2" });
    await waitFor(() => expect(page.query("tab", "Values")?.getAttribute("aria-selected")).toBe("true"));
    expect(focused()).toBe(field);
  });

  test("on Undo while it waits and when there is no more to undo", async () => {
    const page = open(digits);
    await edit(page, "5");
    const undo = (await page.find("button", /^Undo: set/)) as HTMLButtonElement;
    undo.focus();
    page.model.pause();
    undo.click();
    await waitFor(() => expect(undo.getAttribute("aria-disabled")).toBe("true"));
    undo.click();
    page.model.resume();
    await page.find("button", /^Redo: set/);
    expect(undo.disabled).toBe(false);
    expect(page.model.kinds().filter((kind) => kind === "Undo")).toHaveLength(1);
  });

  test("when a filter without a match is cleared by its button", async () => {
    const page = open(digits);
    type(await page.find("searchbox", "Filter layers"), "dnse");
    const clear = await page.find("button", /Clear filter/);
    clear.focus();
    clear.click();
    expect(focused().getAttribute("aria-label")).toBe("Filter layers");
  });

  test("when a message is dismissed: it goes back to where it was", async () => {
    const page = open(digits);
    page.model.failNext("SetTrainable", { code: "freeze", text: "No." });
    const row = await page.row(/^conv1/);
    row.focus();
    press(row, "f");
    const dismiss = await page.find("button", "Dismiss");
    dismiss.focus();
    dismiss.click();
    expect(focused()).toBe(row);
  });
});

describe("Ctrl+Z in the value field", () => {
  test("takes back what was applied, and leaves what is being typed", async () => {
    const page = open(digits);
    const field = await edit(page, "5");
    type(field, "56");
    press(field, "z", { ctrlKey: true });
    expect(page.model.kinds()).not.toContain("Undo");
    type(field, "5");
    press(field, "z", { ctrlKey: true });
    await page.find("button", /^Redo: set/);
  });

  test("goes to the question it leads to, and comes back from it", async () => {
    const page = open(digits);
    const field = await edit(page, "5");
    page.model.failNext("Undo", { code: "outside-change", text: "It was written by something else since." });
    press(field, "z", { ctrlKey: true });
    await waitFor(() => expect(focused().textContent).toBe("Keep"));
    (focused() as HTMLElement).click();
    expect(focused()).toBe(field);
  });
});

describe("another tensor", () => {
  test("begins with an empty edit bar", async () => {
    const page = open({ ...digits, selected: "logits/kernel" });
    const field = (await page.find("textbox", "Value")) as HTMLInputElement;
    type(field, "1e9");
    await waitFor(() => expect(page.el.querySelector(".pw-edit [role=alert]")).not.toBeNull());
    (await page.row(/^kernel, 3 by 3 by 16 by 32/)).click();
    await waitFor(() => expect(field.value).toBe(""));
    expect(page.el.querySelector(".pw-edit [role=alert]")).toBeNull();
  });

  test("without values has no views to choose", async () => {
    const page = open({ ...awkward, selected: "meta.weight" });
    expect((await page.find("tab", "Heatmap")).getAttribute("aria-disabled")).toBe("true");
    (await page.find("tab", "Values")).click();
    press(page.el.querySelector(".pw-main") as Element, "2");
    expect(page.query("tab", "Values")?.getAttribute("aria-selected")).toBe("false");
  });
});
