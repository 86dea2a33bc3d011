import { waitFor } from "@testing-library/dom";
import { afterEach, describe, expect, test } from "vitest";
import type { Reply } from "../src/protocol";
import { digits } from "./datasets";
import { open, type, type View, view } from "./harness";

/** A page of JupyterLab, with the view in a notebook's cell. */
function inNotebook(page: View): void {
  inLab();
  const notebook = document.createElement("div");
  notebook.className = "jp-Notebook";
  document.body.append(notebook);
  notebook.append(page.el);
}

/** Outside of every notebook that is. */
function inLab(): void {
  const config = document.createElement("script");
  config.id = "jupyter-config-data";
  config.type = "application/json";
  config.textContent = '{"appName": "JupyterLab"}';
  document.head.append(config);
}

const DONE: Reply = { kind: "Done", label: "", remarks: [] };

/** The kernel says where the editor is. */
function setDocked(page: View, docked: boolean): void {
  if (docked) page.model.become("panels", 1 + Number(page.model.traits.panels ?? 0));
  page.model.become("docked", docked);
}

afterEach(() => {
  document.getElementById("jupyter-config-data")?.remove();
  for (const notebook of document.querySelectorAll(".jp-Notebook")) notebook.remove();
});

describe("the side panel", () => {
  test("has a button in JupyterLab, which asks the kernel", async () => {
    const page = open(digits);
    inNotebook(page);
    (await page.find("button", "Move to the side panel")).click();
    await waitFor(() => expect(page.model.requests.at(-1)).toEqual({ kind: "Dock", open: true }));
  });

  test("leaves a line in the cell, and the whole editor there once the kernel is gone", async () => {
    const page = open(digits);
    inNotebook(page);
    await page.find("button", "Move to the side panel");
    setDocked(page, true);
    await page.find("button", "Move back here");
    expect(page.query("tree", "Layer tree")).toBeNull();
    page.model.die();
    (await page.find("button", "Move back here")).click();
    await page.find("button", "Keyboard help");
    expect(page.query("button", "Move back here")).toBeNull();
  });

  test("that is closed is told to the kernel, by its number", async () => {
    const page = open(digits);
    inNotebook(page);
    await page.find("button", "Move to the side panel");
    setDocked(page, true);
    const panel = view(page.model, page.channel);
    await panel.find("button", "Move back to the cell");
    await page.find("button", "Move back here");
    panel.close();
    await waitFor(() => expect(page.model.requests.at(-1)).toEqual({ kind: "Dock", open: false, panel: 1 }));
    setDocked(page, false);
    await page.find("button", "Move to the side panel");
  });

  test("that the kernel closed is not told to it", async () => {
    const page = open(digits);
    inLab();
    setDocked(page, true);
    const panel = view(page.model, page.channel);
    await panel.find("button", "Move back to the cell");
    setDocked(page, false);
    panel.close();
    await page.find("button", "Keyboard help");
    expect(page.model.kinds()).not.toContain("Dock");
  });

  test("that does not come back with the page leaves the editor in the cell", async () => {
    const page = open(digits);
    inNotebook(page);
    await page.find("button", "Move to the side panel");
    setDocked(page, true);
    await page.find("button", "Move back here");
    await waitFor(() => expect(page.query("tree", "Layer tree")).not.toBeNull(), { timeout: 4000 });
    const panel = view(page.model, page.channel);
    await panel.find("button", "Move back to the cell");
    await page.find("button", "Move back here");
  });

  test("takes the keyboard along when the editor is moved there, and back", async () => {
    const page = open(digits);
    inNotebook(page);
    const there = await page.find("button", "Move to the side panel");
    there.focus();
    page.model.answerNext("Dock", DONE);
    there.click();
    setDocked(page, true);
    const panel = view(page.model, page.channel);
    const back = await panel.find("button", "Move back to the cell");
    await waitFor(() => expect(document.activeElement).toBe(back));
    page.model.answerNext("Dock", DONE);
    back.click();
    setDocked(page, false);
    panel.close();
    const here = await page.find("button", "Move to the side panel");
    await waitFor(() => expect(document.activeElement).toBe(here));
  });

  test("leaves the keyboard to who has gone elsewhere since", async () => {
    const page = open(digits);
    inNotebook(page);
    const there = await page.find("button", "Move to the side panel");
    there.focus();
    page.model.answerNext("Dock", DONE);
    there.click();
    const field = document.createElement("input");
    document.body.append(field);
    field.focus();
    setDocked(page, true);
    const panel = view(page.model, page.channel);
    await panel.find("button", "Move back to the cell");
    await new Promise((done) => setTimeout(done, 100));
    expect(document.activeElement).toBe(field);
    field.remove();
  });

  test("is left for the view that asks for it, of several", async () => {
    const page = open(digits);
    inNotebook(page);
    const second = view(page.model, page.channel);
    page.el.parentElement?.append(second.el);
    setDocked(page, true);
    await page.find("button", "Move back here");
    const back = await second.find("button", "Move back here");
    back.focus();
    page.model.answerNext("Dock", DONE);
    back.click();
    setDocked(page, false);
    const here = await second.find("button", "Move to the side panel");
    await waitFor(() => expect(document.activeElement).toBe(here));
  });

  test("does not let the editor vanish where no cell shows it", async () => {
    const page = open(digits);
    inLab();
    setDocked(page, true);
    (await page.find("button", "Move back to the cell")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-toast")?.textContent).toContain("No cell shows this editor"));
    expect(page.model.kinds()).not.toContain("Dock");
  });

  test("says what is left behind when the editor moves", async () => {
    const page = open(digits);
    inNotebook(page);
    const select = (await page.find("combobox", "Operation")) as HTMLSelectElement;
    select.value = "Scale";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    type(await page.find("slider", "Scale ×"), "0.5");
    await waitFor(() => expect(page.el.querySelector(".pw-pv")).not.toBeNull());
    page.model.answerNext("Dock", DONE);
    (await page.find("button", "Move to the side panel")).click();
    setDocked(page, true);
    const panel = view(page.model, page.channel);
    await waitFor(() => expect(panel.el.querySelector(".pw-toast")?.textContent).toContain("was taken back"));
    expect(page.model.kinds()).toContain("DropTrial");
    expect(page.model.kinds().indexOf("DropTrial")).toBeLessThan(page.model.kinds().indexOf("Dock"));
    expect(panel.el.querySelector(".pw-toast")?.textContent).toMatch(/It was: scale × 0.5/);
  });

  test("has none elsewhere", async () => {
    const page = open(digits);
    await page.find("button", "Keyboard help");
    expect(page.query("button", "Move to the side panel")).toBeNull();
  });
});
