/** Text from a spreadsheet to rows of cells, and back. Pure. */

/**
 * Rows of texts: tabs part cells and newlines part rows; a cell in double quotes may hold both. Text without tabs is
 * read as comma-separated, if every row has as many commas, but for a single comma: that may be a decimal comma.
 * Short rows are filled with empty texts.
 */
export function parseTable(text: string): string[][] {
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (plain.trim() === "") return [];
  const tabbed = split(plain, "\t");
  if (tabbed.some((row) => row.length > 1)) return even(tabbed);
  const commas = split(plain, ",");
  const width = commas[0]?.length ?? 1;
  const isTable = width > 2 || (width === 2 && commas.length > 1);
  return isTable && commas.every((row) => row.length === width) ? commas.map(trimmed) : tabbed.map(trimmed);
}

/** Whether a text may be one number with a decimal comma as well as two numbers. */
export function isAmbiguous(text: string): boolean {
  return /^[^,\t\n]*\d\s*,\s*\d[^,\t\n]*$/.test(text.trim());
}

function split(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (char === '"' && cell === "") quoted = true;
    else if (char === separator) {
      row.push(cell);
      cell = "";
    } else if (char === "\n") {
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += char;
  }
  rows.push([...row, cell]);
  return rows;
}

function even(rows: string[][]): string[][] {
  const width = Math.max(...rows.map((row) => row.length));
  return rows.map((row) => trimmed([...row, ...Array<string>(width - row.length).fill("")]));
}

function trimmed(row: string[]): string[] {
  return row.map((cell) => cell.trim());
}

export function writeTable(texts: readonly (readonly string[])[]): string {
  return texts.map((row) => row.join("\t")).join("\n");
}
