/** Error messages for people. */
import { HttpError, type Problem } from "./http";
import { problemText, t } from "./i18n";

/** Return title and next step of a refusal; any other error means an unreachable server. */
export function refusal(error: unknown): string {
  return error instanceof HttpError ? inOneLine(error.problem) : t("offlineTitle");
}

/** Return title and next step in one line. */
export function inOneLine(problem: Problem): string {
  return `${problemText(problem, "title")} ${problemText(problem, "nextStep")}`.trim();
}
