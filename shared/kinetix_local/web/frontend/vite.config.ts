/// <reference types="vitest/config" />
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const at = (path: string): string => resolve(import.meta.dirname, path);

/** The licence wants its notice in every copy, and the minifier drops it from the code. */
const notice: Plugin = {
  name: "notice",
  generateBundle() {
    const source = readFileSync(at("node_modules/three/LICENSE"), "utf8");
    this.emitFile({ type: "asset", fileName: "LICENSE.three.txt", source });
  },
};

export default defineConfig({
  base: "/",
  plugins: [notice],
  build: {
    outDir: at("../dist"),
    emptyOutDir: true,
    // The content security policy allows no inline anything.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        library: at("library.html"),
        upload: at("upload.html"),
      },
      output: { manualChunks: (id) => (id.includes("node_modules/three") ? "three" : undefined) },
    },
  },
  // One thread for all files: a jsdom of its own would cost each of them half a second.
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    isolate: false,
    pool: "threads",
    poolOptions: { threads: { singleThread: true } },
  },
});
