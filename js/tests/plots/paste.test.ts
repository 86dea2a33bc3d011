import { expect, test } from "vitest";
import { isAmbiguous, parseTable, writeTable } from "../../src/plots/paste";

test.each([
  ["one value", "0.5", [["0.5"]]],
  [
    "tabs and newlines",
    "1\t2\n3\t4",
    [
      ["1", "2"],
      ["3", "4"],
    ],
  ],
  [
    "a trailing newline",
    "1\t2\r\n3\t4\r\n",
    [
      ["1", "2"],
      ["3", "4"],
    ],
  ],
  ["a column", "1\n2\n3\n", [["1"], ["2"], ["3"]]],
  ["quotes", '"1"\t"a ""b"""', [["1", 'a "b"']]],
  ["a newline in quotes", '"1\n2"\t3', [["1\n2", "3"]]],
  [
    "commas",
    "1,2\n3,4",
    [
      ["1", "2"],
      ["3", "4"],
    ],
  ],
  ["three in a row", "1,2,3", [["1", "2", "3"]]],
  ["a single comma parts nothing", "1,5", [["1,5"]]],
  ["commas beside tabs are kept", "1,5\t2", [["1,5", "2"]]],
  [
    "a short row",
    "1\t2\n3",
    [
      ["1", "2"],
      ["3", ""],
    ],
  ],
  ["spaces around", " 1 \t 2 ", [["1", "2"]]],
  ["an empty cell", "1\t\t3", [["1", "", "3"]]],
  ["nothing", "\n", []],
])("%s", (_, text, rows) => {
  expect(parseTable(text)).toEqual(rows);
});

test("what is copied is pasted again", () => {
  const texts = [
    ["-0.1", "nan"],
    ["1e-45", "(1+2j)"],
  ];
  expect(parseTable(writeTable(texts))).toEqual(texts);
});

test.each([
  ["1,5", true],
  [" -1,5e3\n", true],
  ["1, 5", true],
  ["1,2,3", false],
  ["1,2\n3,4", false],
  ["1,5\t2", false],
  ["1.5", false],
])("%j may be one number or two: %s", (text, is) => {
  expect(isAmbiguous(text)).toBe(is);
});
