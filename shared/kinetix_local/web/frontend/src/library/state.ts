/** State of the library page, and the context of its parts. */

import type { Overview } from "../common/answers";
import type { Store } from "../common/store";
import type { Library } from "./api";

export const TABS = ["emotes", "processes", "users", "worlds", "audit", "webhooks"] as const;
export type Tab = (typeof TABS)[number];

export const INITIAL = {
  tab: "emotes" as Tab,
  data: null as Overview | null,
  signedIn: true,
  note: "",
  freshKey: null as { world: string; key: string } | null,
  /** Last deletion, to undo it. */
  deleted: null as { entries: number[]; label: string } | null,
};

export type State = typeof INITIAL;

export interface Context {
  library: Library;
  store: Store<State>;
  /** Carries a change out and reads everything again; a refusal becomes the page's note. Whether it went well. */
  act(action: () => Promise<void>): Promise<boolean>;
}
