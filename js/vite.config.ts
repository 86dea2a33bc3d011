import { defineConfig } from "vitest/config";

export default defineConfig({
  define: process.env.VITEST ? {} : { "process.env.NODE_ENV": '"production"' },
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
