/// <reference types="vitest/config" />
import { resolve } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
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
