/** Test of the connection, and help. */
import { h, quiet, replace } from "../common/dom";
import { HttpError, Unreachable } from "../common/http";
import { type Key, t } from "../common/i18n";
import type { Page } from "./page";

const TRIES = 3;
const PATIENCE_MS = 5000;
const SLOW_MS = 800;

export type Outcome = { kind: "reached" | "slow"; ms: number } | { kind: "noNetwork" | "silent" };

/** Most likely first. */
const REMEDIES: Key[] = ["helpSameWifi", "helpGuest", "helpAddress", "helpFirewall", "helpVpn"];

/** Call the computer a few times; any answer counts. */
export async function testConnection(
  page: Page,
  online: () => boolean = () => navigator.onLine,
  now: () => number = () => performance.now(),
): Promise<Outcome> {
  if (!online()) return { kind: "noNetwork" };
  const times: number[] = [];
  for (let number = 0; number < TRIES; number += 1) {
    const begun = now();
    try {
      await page.transport.call(page.path(""), { timeoutMs: PATIENCE_MS });
    } catch (error) {
      if (error instanceof Unreachable) return { kind: online() ? "silent" : "noNetwork" };
      if (!(error instanceof HttpError)) throw error;
    }
    times.push(now() - begun);
  }
  times.sort((a, b) => a - b);
  const ms = times[Math.floor(TRIES / 2)] ?? 0;
  return { kind: ms > SLOW_MS ? "slow" : "reached", ms };
}

/** Button, result and remedies; `open`: the connection is lost. */
export function connectionHelp(page: Page, open: boolean): HTMLElement {
  const verdict = h("p.verdict", { role: "status" });
  const button = quiet({}, t("testConnection"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    verdict.textContent = t("testRunning");
    const found = await testConnection(page);
    verdict.dataset.outcome = found.kind;
    replace(
      verdict,
      t(`test_${found.kind}`, { address: location.host, time: "ms" in found ? `${Math.round(found.ms)} ms` : "" }),
    );
    button.disabled = false;
    button.focus();
  });
  const help = h(
    "details.connection",
    h("summary", t("connectionTitle")),
    h("p", t("connectionAddress"), " ", h("code", location.host)),
    button,
    verdict,
    h("ol", ...REMEDIES.map((key) => h("li", t(key)))),
  );
  help.open = open;
  return help;
}
