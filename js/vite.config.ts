import { deflateRawSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * The bundle travels in every saved notebook, so it travels packed: a loader of a few lines unpacks and imports it.
 * Every host of anywidget imports code from Blob URLs already.
 */
function packed(): Plugin {
  return {
    name: "packed",
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === "chunk") chunk.code = loader(deflateRawSync(chunk.code, { level: 9 }).toString("base64"));
      }
    },
  };
}

function loader(text: string): string {
  return [
    `const bytes = Uint8Array.from(atob("${text}"), (sign) => sign.charCodeAt(0));`,
    'const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));',
    'const code = new Blob([await new Response(unpacked).text()], { type: "text/javascript" });',
    "const url = URL.createObjectURL(code);",
    "const { default: widget } = await import(url);",
    "URL.revokeObjectURL(url);",
    "export default widget;\n",
  ].join("\n");
}

export default defineConfig({
  define: process.env.VITEST ? {} : { "process.env.NODE_ENV": '"production"' },
  plugins: process.env.VITEST ? [] : [packed()],
  build: {
    lib: { entry: "src/widget.ts", formats: ["es"], fileName: () => "widget.js", cssFileName: "widget" },
    outDir: "../paramwidget/static",
    emptyOutDir: true,
    target: "es2022",
    // a library in ES format keeps its white space otherwise
    rolldownOptions: { output: { minify: true } },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    allowOnly: false,
  },
});
