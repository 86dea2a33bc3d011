/** Python writes one example of every message; each must be one that this front end knows. */

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Event, Reply, Request } from "../src/protocol";

const FOLDER = join(import.meta.dirname, "../../tests/protocol");

// `satisfies` makes the compiler fail when a kind is added to the protocol and not here
const KINDS = {
  Ping: "request",
  GetTree: "request",
  Find: "request",
  GetGlances: "request",
  Describe: "request",
  GetTile: "request",
  GetCells: "request",
  CheckText: "request",
  CheckRegion: "request",
  SetRegion: "request",
  SetBlock: "request",
  SetTrainable: "request",
  Undo: "request",
  Redo: "request",
  GetFigure: "request",
  Pong: "reply",
  Tree: "reply",
  Found: "reply",
  Glances: "reply",
  Description: "reply",
  Tile: "reply",
  Cells: "reply",
  Stored: "reply",
  Counted: "reply",
  Done: "reply",
  Figure: "reply",
  Failure: "reply",
  Changed: "event",
  Ended: "event",
} satisfies Record<(Request | Reply | Event)["kind"], "request" | "reply" | "event">;

function examples(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
}

describe("examples from Python", () => {
  test("exist", () => {
    expect(examples().length).toBeGreaterThan(0);
  });

  test("are all of a known kind", () => {
    for (const name of examples()) {
      const content = JSON.parse(readFileSync(join(FOLDER, name), "utf-8"));
      const message = content.request ?? content.reply ?? content.event ?? content;
      expect(KINDS, basename(name)).toHaveProperty(message.kind);
    }
  });
});
