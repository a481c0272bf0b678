/// <reference types="vitest/config" />
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const at = (path: string): string => resolve(import.meta.dirname, path);

/** Both licences want their notice in every copy, and the minifier drops it from the code. */
const notice: Plugin = {
  name: "notice",
  generateBundle() {
    const notices = { three: "node_modules/three/LICENSE", mirror: "src/mirror/LICENSE.txt" };
    for (const [name, path] of Object.entries(notices)) {
      const source = readFileSync(at(path), "utf8");
      this.emitFile({ type: "asset", fileName: `LICENSE.${name}.txt`, source });
    }
  },
};

/** LiteRT's WebAssembly without the newest browsers' SIMD, packed to less than a third; the worker unpacks it. */
const interpreter: Plugin = {
  name: "interpreter",
  resolveId: (id) => (id === "virtual:interpreter" ? `\0${id}` : null),
  load(id) {
    if (id !== "\0virtual:interpreter") return null;
    const source = gzipSync(readFileSync(at("node_modules/@litertjs/core/wasm/litert_wasm_compat_internal.wasm")), {
      level: 9,
    });
    const digest = createHash("sha256").update(source).digest("hex").slice(0, 8);
    const fileName = `assets/interpreter-${digest}.wasm.gz`;
    this.emitFile({ type: "asset", fileName, source });
    return `export default "/${fileName}";`;
  },
};

export default defineConfig({
  base: "/",
  plugins: [notice, interpreter],
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
  // The service gives these scripts the right to compile WebAssembly, by their name, and no page.
  worker: { rollupOptions: { output: { entryFileNames: "assets/worker-[hash].js" } } },
  // One thread for all files: a jsdom of its own would cost each of them half a second.
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    isolate: false,
    pool: "threads",
    poolOptions: { threads: { singleThread: true } },
  },
});
