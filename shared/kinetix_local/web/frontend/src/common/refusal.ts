/** What went wrong with a call, for a person. */
import { HttpError } from "./http";
import { t } from "./i18n";

/** What a refusal says and what to do next; of any other error, that the server cannot be reached. */
export function refusal(error: unknown): string {
  return error instanceof HttpError ? `${error.problem.title} ${error.problem.nextStep}`.trim() : t("offlineTitle");
}
