/** Python writes one example of every message; each must be one that this front end knows. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openChannel } from "../src/channel";
import type { Event, Opening, Reply, Request } from "../src/protocol";
import { digits } from "./datasets";
import { idOf, view } from "./harness";
import { createMockModel } from "./mock";

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
  GetSpectrum: "request",
  CheckText: "request",
  Foresee: "request",
  Apply: "request",
  Dock: "request",
  TryOut: "request",
  HoldTrial: "request",
  KeepTrial: "request",
  DropTrial: "request",
  SetBlock: "request",
  SetTrainable: "request",
  Undo: "request",
  Redo: "request",
  GetFigure: "request",
  GetHistory: "request",
  GoTo: "request",
  TakeBack: "request",
  TakeSnapshot: "request",
  DropSnapshot: "request",
  PickFrom: "request",
  Compare: "request",
  GetPair: "request",
  GetCode: "request",
  GetPatch: "request",
  ApplyPatch: "request",
  GetProbes: "request",
  RunProbes: "request",
  StopProbes: "request",
  Sweep: "request",
  Examine: "request",
  Treat: "request",
  GetLesson: "request",
  CheckLesson: "request",
  GiveHint: "request",
  StartOver: "request",
  Pong: "reply",
  Tree: "reply",
  Found: "reply",
  Glances: "reply",
  Description: "reply",
  Tile: "reply",
  Cells: "reply",
  Spectrum: "reply",
  Stop: "request",
  CheckHeard: "request",
  Unheard: "reply",
  Attend: "request",
  Stored: "reply",
  Foreseen: "reply",
  Tried: "reply",
  Done: "reply",
  Figure: "reply",
  History: "reply",
  Compared: "reply",
  Pair: "reply",
  Code: "reply",
  PatchFile: "reply",
  Probes: "reply",
  Curve: "reply",
  Findings: "reply",
  LessonState: "reply",
  Failure: "reply",
  Changed: "event",
  Ended: "event",
  Probed: "event",
  Progressed: "event",
  LessonChecked: "event",
} satisfies Record<(Request | Reply | Event)["kind"], "request" | "reply" | "event">;

interface Example {
  id?: number;
  revision?: number;
  request?: Request;
  reply?: Reply;
  event?: Event;
}

const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), "utf-8"));
const examples = names.filter((name) => name !== "Opening.json").map((name) => read(name) as Example);
const bodyOf = (each: Example) => each.request ?? each.reply ?? each.event;

test("there is one example of every kind, and of no other", () => {
  const found = examples.map((each) => bodyOf(each)?.kind ?? "none");
  expect([...new Set(found)].sort()).toEqual(Object.keys(KINDS).sort());
});

test.each(examples.map((each) => [bodyOf(each)?.kind ?? "none", each] as const))(
  "%s travels as what it is",
  (kind, each) => {
    expect(each).toHaveProperty(KINDS[kind as keyof typeof KINDS]);
  },
);

function channelOf(opening: Opening) {
  const model = createMockModel(digits);
  let deliver: (content: unknown, buffers: DataView[]) => void = () => undefined;
  Object.assign(model.traits, { opening: { ...opening, buffers: [] } });
  Object.assign(model, {
    on: (name: string, callback: typeof deliver) =>
      name === "msg:custom" && Object.assign(model, { deliver: callback }),
  });
  model.pause();
  const lifetime = new AbortController();
  onTestFinished(() => lifetime.abort());
  const channel = openChannel(model, lifetime.signal);
  deliver = (model as unknown as { deliver: typeof deliver }).deliver;
  return { channel, deliver, model };
}

describe("the channel", () => {
  test.each(examples.filter((each) => each.reply).map((each) => [each.reply?.kind, each] as const))(
    "hands over a %s",
    async (_, each) => {
      const { channel: line, deliver: push, model } = channelOf(read("Opening.json"));
      const send = vi.spyOn(model, "send");
      const answer = line.request({ kind: "Ping" });
      push({ ...each, id: idOf(send.mock.calls[0]) }, []);
      expect((await answer).reply).toEqual(each.reply);
    },
  );

  test("hands over events", () => {
    const { channel, deliver } = channelOf(read("Opening.json"));
    const heard: string[] = [];
    channel.subscribe((event) => heard.push(event.kind), new AbortController().signal);
    const events = examples.filter((each) => each.event && each.event.kind !== "Progressed"); // that is for one request
    for (const each of events) deliver(each, []);
    expect(heard).toEqual(events.map((each) => each.event?.kind));
    expect(heard.length).toBeGreaterThan(1);
  });
});

test("the opening from Python is drawn without a kernel", () => {
  const opening: Opening = read("Opening.json");
  const { channel, model } = channelOf(opening);
  const page = view(model, channel);
  expect(page.rows()).toHaveLength(opening.tree.rows.length);
  expect(page.el.querySelector(".pw-name")?.textContent).toBe(opening.tree.header.title);
  const goals = [...page.el.querySelectorAll(".pw-lesson li")];
  expect(goals.map((goal) => goal.textContent)).toEqual(
    opening.lesson?.standing.goals.map(({ text }) => `Not checked: ${text}`),
  );
});
