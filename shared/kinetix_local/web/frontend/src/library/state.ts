/** State of the library page, and the context of its parts. */

import type { Overview } from "../common/answers";
import type { Store } from "../common/store";
import type { Library } from "./api";

export const TABS = ["emotes", "processes", "users", "worlds", "audit", "webhooks"] as const;
export type Tab = (typeof TABS)[number];

export interface State {
  tab: Tab;
  data: Overview | null;
  signedIn: boolean;
  note: string;
  freshKey: { world: string; key: string } | null;
  /** Last deletion, to undo it. */
  deleted: { entries: number[]; label: string } | null;
}

export interface Context {
  library: Library;
  store: Store<State>;
  /** Carries a change out and reads everything again; a refusal becomes the page's note. Whether it went well. */
  act(action: () => Promise<void>): Promise<boolean>;
}
