/** The address of LiteRT's WebAssembly, packed by gzip; vite.config.ts makes it. */
declare module "virtual:interpreter" {
  const url: string;
  export default url;
}
