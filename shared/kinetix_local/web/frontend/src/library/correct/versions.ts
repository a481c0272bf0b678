/** Versions of an emote. */

import { h, quiet } from "../../common/dom";
import type { Problem } from "../../common/http";
import { inOneLine, type Key, knownText, locale, t } from "../../common/i18n";
import type { ArmChoice } from "./arm_question";
import { type Correction, firstFrame, timeText } from "./correction";
import type { UnsureSpan } from "./seen_figure";

export interface Version {
  number: number;
  emote: string;
  process: string;
  status: "pending" | "processing" | "done" | "failed" | "validated" | "rejected";
  createdAt: string;
  current: boolean;
  corrections: Correction[];
  /** First frame of the emote in the take. */
  firstFrame: number;
  unsure: UnsureSpan[];
  armChoices: ArmChoice[];
  /** `correction`: id of the one that failed. */
  error: (Problem & { correction?: string }) | null;
}

export function isSolved(version: Version): boolean {
  return version.status === "done" || version.status === "validated";
}

export function isWorking(version: Version): boolean {
  return version.status === "pending" || version.status === "processing";
}

export function describe(one: Correction): string {
  const time = timeText(firstFrame(one));
  if (one.kind === "point" || one.kind === "depth") {
    const what =
      one.kind === "point"
        ? t(`joint_${one.joint}`)
        : t(one.towards ? "depthIsTowards" : "depthIsAway", { what: t(`part_${one.part}`) });
    if (one.camera === undefined) return t("correctSaidPoint", { what, time });
    return t("correctSaidPointIn", { what, number: one.camera + 1, time });
  }
  if (one.kind === "limb") return t("correctSaidLimb", { what: t(`limb_${one.limb}`), time });
  const end = timeText(one.last);
  if (one.kind === "foot")
    return t(one.stands ? "correctStands" : "correctStandsNot", { what: t(`foot_${one.side}`), time, end });
  return t("correctTouches", { what: t(`hand_${one.side}`), touched: t(`touched_${one.touches}`), time, end });
}

const OUT_OF_REACH: Partial<Record<Correction["kind"], Key>> = {
  hand: "correctHandOutOfReach",
  depth: "correctSideOutOfReach",
};

export function whyNot(version: Version): string {
  const { error } = version;
  if (!error) return t("correctFailed");
  const one = refused(version);
  if (one && error.code === "limbCannotReach")
    return t(OUT_OF_REACH[one.kind] ?? "correctOutOfReach", { what: describe(one) });
  if (one && error.code === "correctionsDisagree") return t("correctDisagree", { what: describe(one) });
  return inOneLine(error);
}

export function refused(version: Version): Correction | undefined {
  return version.corrections.find(({ id }) => id === version.error?.correction);
}

export function history(versions: Version[], busy: boolean, use: (version: Version) => void): HTMLElement {
  const line = (version: Version): HTMLElement => {
    const made = new Date(version.createdAt).toLocaleString(locale());
    const what =
      version.number === 1 ? t("correctCaptured") : t("correctCorrected", { count: version.corrections.length });
    const state = version.current ? t("correctCurrent") : knownText(`version_${version.status}`);
    return h(
      "li",
      { "data-current": String(version.current) },
      h("span", t("correctVersion", { number: version.number })),
      h("span.hint", [what, made, state].filter(Boolean).join(" · ")),
      isSolved(version) && !version.current
        ? quiet({ disabled: busy, onclick: () => use(version) }, t("correctUse", { number: version.number }))
        : null,
    );
  };
  return h("ol.versions", { reversed: true }, ...[...versions].reverse().map(line));
}
