/** The motion files of an emote as links: labelled by format, the newest first, saved under the emote's own name. */
import { h, safeUrl } from "./dom";
import { t } from "./i18n";

export interface FileLink {
  name: string;
  extension: string;
  url: string;
}

const FORMATS = ["glb", "fbx", "bvh", "kinanim"];
const LABELS: Record<string, string> = { glb: "GLB", fbx: "FBX", bvh: "BVH", kinanim: "Kinanim" };
const NEWEST = "animation-v2";

/** The files that hold motion; those with the first version's bone names last. */
export function motionFiles(files: FileLink[]): FileLink[] {
  const place = (file: FileLink): number => FORMATS.indexOf(file.extension) + (older(file) ? FORMATS.length : 0);
  return files
    .filter((file) => FORMATS.includes(file.extension) && file.name.startsWith("animation"))
    .sort((a, b) => place(a) - place(b));
}

/** The GLB to show. */
export function shownFile(files: FileLink[]): FileLink | undefined {
  return motionFiles(files).find((file) => file.extension === "glb");
}

export function downloads(files: FileLink[], emote: string): HTMLElement {
  return h(
    "ul",
    { class: "files", "aria-label": t("download") },
    ...motionFiles(files).map((file) =>
      h("li", null, h("a", { href: safeUrl(file.url), download: savedAs(file, emote) }, label(file))),
    ),
  );
}

function older(file: FileLink): boolean {
  return file.name !== NEWEST;
}

function label(file: FileLink): string {
  const format = LABELS[file.extension] ?? file.extension;
  return older(file) ? t("olderNames", { format }) : format;
}

function savedAs(file: FileLink, emote: string): string {
  return older(file) ? `${emote} (${file.name}).${file.extension}` : `${emote}.${file.extension}`;
}
