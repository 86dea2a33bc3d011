/** Models for the mock kernel: one for each awkward case. */

export interface MockTensor {
  path: string;
  shape: number[];
  dtype: string;
  role: "weight" | "bias" | "buffer" | "state";
  trainable: boolean | null;
  tied: string;
  axes: string[];
  reason: string;
  readable: boolean;
  writable: boolean;
  /** Value at a flat index; tensors of the mock are never stored whole. */
  at(index: number): number;
}

export interface MockLayer {
  name: string;
  kind: string;
  tensors?: MockTensor[];
  children?: MockLayer[];
}

export interface Dataset {
  title: string;
  framework: string;
  separator: string;
  layers: MockLayer[];
  selected: string;
}

/** A repeatable, roughly normal value for every index. */
export function noise(index: number, seed = 1): number {
  let sum = 0;
  let state = (index * 2654435761 + seed * 40503 + 12345) >>> 0;
  for (let k = 0; k < 4; k += 1) {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    sum += state / 2 ** 32;
  }
  return (sum - 2) * 0.17;
}

export function tensor(path: string, shape: number[], more: Partial<MockTensor> = {}): MockTensor {
  const seed = [...path].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return {
    path,
    shape,
    dtype: "float32",
    role: shape.length === 1 ? "bias" : "weight",
    trainable: true,
    tied: "",
    axes: { 4: ["kh", "kw", "in", "out"], 2: ["in", "out"], 1: ["out"] }[shape.length] ?? [],
    reason: "",
    readable: true,
    writable: true,
    at: (index) => noise(index, seed),
    ...more,
  };
}

const buffer = { role: "buffer", trainable: null } as const;

export const digits: Dataset = {
  title: "digits_cnn",
  framework: "Keras",
  separator: "/",
  selected: "conv2/kernel",
  layers: [
    layer("conv1", "Conv2D", [[3, 3, 1, 16], [16]], { trainable: false }),
    {
      name: "bn1",
      kind: "BatchNormalization",
      tensors: [
        tensor("bn1/gamma", [16]),
        tensor("bn1/beta", [16]),
        tensor("bn1/moving_mean", [16], buffer),
        tensor("bn1/moving_variance", [16], buffer),
      ],
    },
    layer("conv2", "Conv2D", [[3, 3, 16, 32], [32]]),
    {
      name: "res_block",
      kind: "Functional",
      children: [
        layer("res_block/conv_a", "Conv2D", [[3, 3, 32, 32], [32]], { trainable: false }),
        {
          name: "conv_b",
          kind: "Conv2D",
          tensors: [
            tensor("res_block/conv_b/kernel", [3, 3, 32, 32], { trainable: false, tied: "res_block/conv_a/kernel" }),
            tensor("res_block/conv_b/bias", [32]),
          ],
        },
      ],
    },
    { name: "pool", kind: "MaxPooling2D" },
    { name: "flatten", kind: "Flatten" },
    layer("dense", "Dense", [[1568, 64], [64]]),
    layer("logits", "Dense", [[64, 10], [10]], { dtype: "float16" }),
    layer("aux_logits", "Dense", [[32, 10], [10]], { at: (i) => (i % 107 === 3 ? Number.NaN : noise(i)) }),
  ],
};

function layer(path: string, kind: string, shapes: [number[], number[]], more: Partial<MockTensor> = {}): MockLayer {
  return {
    name: path.split("/").at(-1) ?? path,
    kind,
    tensors: [tensor(`${path}/kernel`, shapes[0], more), tensor(`${path}/bias`, shapes[1], more)],
  };
}

export const HOSTILE = "<img src=x onerror=alert(1)>";

/** Ranks 0 to 4, bad values, no values, a name that is markup, and one tensor far too big to send. */
export const awkward: Dataset = {
  title: HOSTILE,
  framework: "torch",
  separator: ".",
  selected: "ranks.four",
  layers: [
    {
      name: "ranks",
      kind: "ModuleDict",
      tensors: [
        tensor("ranks.zero", [], { dtype: "int64", at: () => 7, axes: [] }),
        tensor("ranks.one", [40]),
        tensor("ranks.four", [32, 16, 3, 3], { axes: ["out", "in", "kh", "kw"] }),
        tensor("ranks.empty", [0, 4], { axes: ["", ""] }),
      ],
    },
    {
      name: "bad",
      kind: "Linear",
      tensors: [
        tensor("bad.nan", [8, 8], {
          at: (i) => (i % 9 === 0 ? Number.NaN : i % 13 === 5 ? Number.POSITIVE_INFINITY : noise(i)),
        }),
      ],
    },
    {
      name: "meta",
      kind: "Linear",
      tensors: [
        tensor("meta.weight", [4, 4], {
          readable: false,
          writable: false,
          reason: "It is on the meta device, so it has a shape but no values.",
        }),
      ],
    },
    {
      name: "packed",
      kind: "QuantLinear",
      tensors: [
        tensor("packed.weight", [8, 8], {
          dtype: "int8",
          writable: false,
          reason: "It is packed: one stored value holds two weights.",
          at: (i) => (i * 7) % 100,
        }),
      ],
    },
    { name: HOSTILE, kind: HOSTILE, tensors: [tensor(`${HOSTILE}.w`, [4, 6])] },
    {
      name: "embed",
      kind: "Embedding",
      tensors: [tensor("embed.weight", [128_256, 4096], { dtype: "bfloat16", axes: ["token", "dim"] })],
    },
  ],
};

/** A network that computes OR; with the lesson of `mock-lesson.ts` it learns XOR. */
export const xor: Dataset = {
  title: "arrays",
  framework: "NumPy",
  separator: "/",
  selected: "hidden/bias",
  layers: [
    {
      name: "hidden",
      kind: "Group",
      tensors: [
        tensor("hidden/weights", [2, 2], {
          at: () => 1,
          writable: false,
          reason: "this lesson keeps it as it is; edit hidden/bias, output/*",
        }),
        tensor("hidden/bias", [2], { at: () => -0.5 }),
      ],
    },
    {
      name: "output",
      kind: "Group",
      tensors: [tensor("output/weights", [2], { at: (i) => 1 - i }), tensor("output/bias", [1], { at: () => -0.5 })],
    },
  ],
};

/** Arrays that nobody says of whether they train. */
export const arrays: Dataset = {
  title: "arrays",
  framework: "NumPy",
  separator: "/",
  selected: "dense/kernel",
  layers: [layer("dense", "Group", [[64, 32], [32]], { trainable: null })],
};

export const scalar: Dataset = { ...awkward, title: "scalar", selected: "ranks.zero" };

export const empty: Dataset = { title: "unbuilt", framework: "Keras", separator: "/", selected: "", layers: [] };

/** 20,000 layers of four tensors each: 100,000 rows. */
export const huge: Dataset = {
  title: "huge",
  framework: "torch",
  separator: ".",
  selected: "block10000.k",
  layers: Array.from({ length: 20_000 }, (_, at) => ({
    name: `block${at}`,
    kind: "Block",
    tensors: ["q", "k", "v", "o"].map((name) => tensor(`block${at}.${name}`, [64, 64])),
  })),
};

/** Written from right to left; the paths around must not turn with it. */
export const RIGHT_TO_LEFT = "שכבת־הסתרה";
export const EMOJI = "🧠🔥👩‍🔬";
export const LONG = `encoder_${"with_a_name_that_goes_on_".repeat(6)}and_ends`;

/** Names that are long, empty, written from right to left, pictures, or markup. */
export const names: Dataset = {
  title: `${RIGHT_TO_LEFT} ${LONG}`,
  framework: "torch",
  separator: "/",
  selected: `outer/${RIGHT_TO_LEFT}/kernel_1`,
  layers: [
    {
      name: "outer",
      kind: "Functional",
      children: [
        layer(`outer/${RIGHT_TO_LEFT}`, "טבלה", [[8, 12], [12]]),
        layer("outer/الطبقة", "Dense", [[8, 12], [12]]),
      ].map((each) => ({
        ...each,
        tensors: each.tensors?.map((own) => ({ ...own, path: own.path.replace("kernel", "kernel_1") })),
      })),
    },
    layer(LONG, `Class_${LONG}`, [[8, 12], [12]]),
    layer(EMOJI, "Dense", [[8, 12], [12]]),
    layer(HOSTILE.replace("/", ""), HOSTILE, [[8, 12], [12]]),
    {
      name: "hidden",
      kind: "Dense",
      tensors: [tensor(`hidden/${LONG}`, [3, 5, 7, 11, 13, 17]), tensor("hidden/\u202ereversed", [4])],
    },
  ],
};

/** 2,000 layers on two levels. */
export const deep: Dataset = {
  title: "deep",
  framework: "Keras",
  separator: "/",
  selected: "stage7/block3/kernel",
  layers: Array.from({ length: 40 }, (_, stage) => ({
    name: `stage${stage}`,
    kind: "Functional",
    children: Array.from({ length: 49 }, (_, block) => layer(`stage${stage}/block${block}`, "Dense", [[16, 16], [16]])),
  })),
};
