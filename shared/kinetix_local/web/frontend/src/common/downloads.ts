/** The motion files of an emote as links: by format, what each is for, the newest first, under the emote's name. */
import type { FileLink } from "./answers";
import { h, safeUrl } from "./dom";
import { t } from "./i18n";

export const FORMATS = ["glb", "fbx", "bvh", "kinanim"] as const;
export type Format = (typeof FORMATS)[number];
export const LABELS: Record<Format, string> = { glb: "GLB", fbx: "FBX", bvh: "BVH", kinanim: "Kinanim" };
const NEWEST = "animation-v2";

/** Return the motion files; those with older bone names last. */
function motionFiles(files: FileLink[]): FileLink[] {
  const place = (file: FileLink): number =>
    FORMATS.indexOf(file.extension as Format) + (older(file) ? FORMATS.length : 0);
  return files
    .filter((file) => isFormat(file.extension) && file.name.startsWith("animation"))
    .sort((a, b) => place(a) - place(b));
}

/** The GLB to show. */
export function shownFile(files: FileLink[]): FileLink | undefined {
  return motionFiles(files).find((file) => file.extension === "glb");
}

export function downloads(files: FileLink[], emote: string): HTMLElement {
  const all = motionFiles(files);
  const list = (some: FileLink[]): HTMLElement =>
    h(
      "ul.files",
      ...some.map((file) =>
        h(
          "li",
          h("a", { href: safeUrl(file.url), download: savedAs(file, emote) }, label(file)),
          older(file) ? null : h("span.hint", t(`for_${file.extension as Format}`)),
        ),
      ),
    );
  const old = all.filter(older);
  return h(
    "section.downloads",
    { "aria-label": t("download") },
    h("h2", t("download")),
    list(all.filter((file) => !older(file))),
    old.length ? h("details.older", h("summary", t("olderFiles")), h("p.hint", t("olderFilesHint")), list(old)) : null,
  );
}

function isFormat(extension: string): extension is Format {
  return (FORMATS as readonly string[]).includes(extension);
}

function older(file: FileLink): boolean {
  return file.name !== NEWEST;
}

function label(file: FileLink): string {
  const format = LABELS[file.extension as Format];
  return older(file) ? t("olderNames", { format }) : format;
}

function savedAs(file: FileLink, emote: string): string {
  return older(file) ? `${emote} (${file.name}).${file.extension}` : `${emote}.${file.extension}`;
}
