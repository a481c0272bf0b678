/** What went wrong with a call, for a person. */
import { HttpError, type Problem } from "./http";
import { said, t } from "./i18n";

/** What a refusal says and what to do next; of any other error, that the server cannot be reached. */
export function refusal(error: unknown): string {
  return error instanceof HttpError ? inOneLine(error.problem) : t("offlineTitle");
}

/** What happened and what to do next. */
export function inOneLine(problem: Problem): string {
  return `${said(problem, "title")} ${said(problem, "nextStep")}`.trim();
}
