/** Every call of the pages goes through here. */
export interface Problem {
  code: string;
  title: string;
  nextStep: string;
  /** Wording of `title` and `nextStep` before they were filled in. */
  wording?: Record<string, Wording>;
}

/** A sentence before it was filled in: `text` with {names}, and what stands for them, perhaps a sentence again. */
export interface Wording {
  text: string;
  values: Record<string, string | Wording>;
}

export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly body: unknown,
  ) {
    super(problem.title);
  }
}

/** No answer at all: the network or the server is gone. */
export class Unreachable extends Error {}

export interface Call {
  method?: string;
  body?: BodyInit;
  json?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** The answer is a file. */
  blob?: boolean;
}

export interface Transport {
  call<Answer>(path: string, options?: Call): Promise<Answer>;
}

/** Return an object's fields; none of anything else. */
export function fields(value: unknown): Record<string, unknown> {
  return value instanceof Object ? (value as Record<string, unknown>) : {};
}

export function problemOf(status: number, body: unknown): Problem {
  const found = fields(body);
  const error = found.error ? fields(found.error) : found;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    code: text(error.code) || text(error.errorCode) || `http${status}`,
    title: text(error.title) || text(error.message) || `HTTP ${status}`,
    nextStep: text(error.nextStep),
    ...(error.wording instanceof Object ? { wording: error.wording as Record<string, Wording> } : {}),
  };
}

export class FetchTransport implements Transport {
  async call<Answer>(
    path: string,
    { method = "GET", body, json, headers = {}, signal, timeoutMs = 30_000, blob = false }: Call = {},
  ): Promise<Answer> {
    const limit = AbortSignal.timeout(timeoutMs);
    const init: RequestInit = {
      method,
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
      // A custom header cannot be sent by a form of another site, and not by its scripts without a preflight.
      headers: {
        "x-kinetix-page": "1",
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: "same-origin",
      cache: "no-store",
    };
    let answer: Response;
    try {
      answer = await fetch(path, init);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Unreachable(String(error));
    }
    if (blob && answer.ok) return (await answer.blob()) as Answer;
    const text = await answer.text();
    let parsed: unknown = null;
    try {
      parsed = text ? JSON.parse(text) : null;
    } catch {
      parsed = null; // a proxy's HTML page: the status says enough
    }
    if (!answer.ok) throw new HttpError(answer.status, problemOf(answer.status, parsed), parsed);
    return parsed as Answer;
  }
}
