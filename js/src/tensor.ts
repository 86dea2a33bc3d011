/** Binary buffers and wire numbers to typed values. A buffer may start anywhere in a larger one, so both its offset and its length count. */

export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";
export type Buffer = DataView | ArrayBuffer | ArrayBufferView;

export function toNumber(value: WireNumber): number {
  return typeof value === "number" ? value : Number(value);
}

export function toBytes(buffer: Buffer): Uint8Array {
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer)
    : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Little-endian float32 values; a view where the alignment allows it, else a copy. */
export function toFloat32(buffer: Buffer): Float32Array {
  const bytes = toBytes(buffer);
  if (bytes.byteLength % 4 !== 0) {
    throw new RangeError(`a float32 buffer cannot have ${bytes.byteLength} bytes`);
  }
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
