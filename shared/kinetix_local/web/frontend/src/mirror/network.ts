/** A network on the processor, by LiteRT. Only for the worker: its script alone may compile WebAssembly. */
import { type CompiledModel, loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

/** Addresses of the interpreter's script and of its WebAssembly, packed by gzip. */
export interface Interpreter {
  script: string;
  wasm: string;
}

/** Fetches and starts the interpreter, once for the worker. */
export async function startInterpreter({ script, wasm }: Interpreter): Promise<void> {
  const packed = await fetched(wasm);
  const plain = packed.body?.pipeThrough(new DecompressionStream("gzip"));
  const wasmBinary = await new Response(plain).arrayBuffer();
  // Emscripten takes its settings from here, and LiteRT leaves them as they are.
  (self as unknown as { Module: unknown }).Module = { wasmBinary };
  await loadLiteRt(new URL(script, self.location.href).href);
}

async function fetched(url: string): Promise<Response> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return answer;
}

/** A model with one square picture as input. */
export class Network {
  readonly #model: CompiledModel;
  readonly #size: number;

  private constructor(model: CompiledModel, size: number) {
    this.#model = model;
    this.#size = size;
  }

  static async load(url: string, size: number): Promise<Network> {
    const data = new Uint8Array(await (await fetched(url)).arrayBuffer());
    return new Network(await loadAndCompile(data, { accelerator: "wasm" }), size);
  }

  /** size × size × 3 values in the range of the model → the outputs, by their number of values. */
  async run(picture: Float32Array): Promise<Map<number, Float32Array>> {
    const input = new Tensor(picture, [1, this.#size, this.#size, 3]);
    try {
      const outputs = await this.#model.run([input]);
      return new Map(
        outputs.map((output) => {
          const values = (output.toTypedArray() as Float32Array).slice();
          output.delete();
          return [values.length, values];
        }),
      );
    } finally {
      input.delete();
    }
  }
}
