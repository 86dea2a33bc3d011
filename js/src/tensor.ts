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
  const bytes = aligned(buffer, 4);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** The same of float64. */
export function toFloat64(buffer: Buffer): Float64Array {
  const bytes = aligned(buffer, 8);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
}

function aligned(buffer: Buffer, size: 4 | 8): Uint8Array {
  const bytes = toBytes(buffer);
  if (bytes.byteLength % size !== 0) {
    throw new RangeError(`a float${size * 8} buffer cannot have ${bytes.byteLength} bytes`);
  }
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}
