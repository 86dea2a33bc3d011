import { waitFor } from "@testing-library/dom";
import { afterEach, describe, expect, test } from "vitest";
import { digits } from "./datasets";
import { open, type View } from "./harness";

/** A page of JupyterLab, with the view in a notebook's cell. */
function inNotebook(page: View): void {
  const config = document.createElement("script");
  config.id = "jupyter-config-data";
  config.type = "application/json";
  config.textContent = '{"appName": "JupyterLab"}';
  document.head.append(config);
  const notebook = document.createElement("div");
  notebook.className = "jp-Notebook";
  document.body.append(notebook);
  notebook.append(page.el);
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
    page.model.traits.docked = true;
    page.model.push({ kind: "Changed", paths: [], flags: [], header: page.channel.opening.tree.header });
    await page.find("button", "Move back here");
    expect(page.query("tree", "Layer tree")).toBeNull();
    page.model.die();
    (await page.find("button", "Move back here")).click();
    await page.find("button", "Keyboard help");
    expect(page.query("button", "Move back here")).toBeNull();
  });

  test("has none elsewhere", async () => {
    const page = open(digits);
    await page.find("button", "Keyboard help");
    expect(page.query("button", "Move to the side panel")).toBeNull();
  });
});
