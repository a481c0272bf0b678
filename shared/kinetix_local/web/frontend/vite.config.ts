/// <reference types="vitest/config" />
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

/** The MIT licence wants its notice in every copy, and the minifier drops it from the code. */
const notice: Plugin = {
  name: "notice",
  generateBundle() {
    const source = readFileSync(resolve(import.meta.dirname, "node_modules/three/LICENSE"), "utf8");
    this.emitFile({ type: "asset", fileName: "LICENSE.three.txt", source });
  },
};

export default defineConfig({
  base: "/",
  plugins: [notice],
  build: {
    outDir: resolve(import.meta.dirname, "../dist"),
    emptyOutDir: true,
    // The content security policy allows no inline anything.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        library: resolve(import.meta.dirname, "library.html"),
        upload: resolve(import.meta.dirname, "upload.html"),
      },
      output: { manualChunks: (id) => (id.includes("node_modules/three") ? "three" : undefined) },
    },
  },
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"] },
});
