/** Elements without markup strings: text can only ever become text, so no name can smuggle HTML in. */
export type Child = Node | string | number | null | undefined | false;
type Props = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

const AS_PROPERTY = new Set([
  "value",
  "checked",
  "disabled",
  "muted",
  "srcObject",
  "playsInline",
  "loop",
  "autoplay",
  "hidden",
]);

type Tag = keyof HTMLElementTagNameMap;
type TagOf<Name> = Name extends `${infer T extends Tag}.${string}` ? T : Name extends Tag ? Name : never;

/** Create an element: `h("p.hint", { id: "note" }, text)`. Properties may be left out. */
export function h<Name extends Tag | `${Tag}.${string}`>(
  name: Name,
  ...rest: [Props, ...(Child | Child[])[]] | (Child | Child[])[]
): HTMLElementTagNameMap[TagOf<Name>] {
  const [tag, ...classes] = name.split(".") as [TagOf<Name>, ...string[]];
  const element = document.createElement(tag);
  element.classList.add(...classes);
  for (const part of rest.flat()) {
    if (part instanceof Node || typeof part !== "object") element.append(...[part].filter(isShown).map(asNode));
    else if (part) setAll(element, part);
  }
  return element;
}

function isShown(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}

function asNode(child: Node | string | number): Node | string {
  return child instanceof Node ? child : String(child);
}

function setAll(element: HTMLElement, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (typeof value === "function")
      element.addEventListener(name.replace(/^on/, "").toLowerCase(), value as EventListener);
    else if (AS_PROPERTY.has(name)) (element as unknown as Record<string, unknown>)[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
}

export function button(props: Props, ...children: (Child | Child[])[]): HTMLButtonElement {
  return h("button", { type: "button", ...props }, ...children);
}

export function quiet(props: Props, ...children: (Child | Child[])[]): HTMLButtonElement {
  return button({ class: "quiet", ...props }, ...children);
}

/** A list to choose one of; `options` are values and their texts. */
export function select(
  props: Props,
  options: [value: string, text: string][],
  value: string,
  changed: (value: string) => void,
): HTMLSelectElement {
  const list = h("select", props, ...options.map(([value, text]) => h("option", { value }, text)));
  list.value = value;
  list.addEventListener("change", () => changed(list.value));
  return list;
}

export function checkbox(props: Props, checked: boolean, changed: (checked: boolean) => void): HTMLInputElement {
  const box = h("input", { type: "checkbox", ...props, checked, onchange: () => changed(box.checked) });
  return box;
}

/** Place an element along a line that is `whole` long. */
export function placed<Placed extends HTMLElement>(one: Placed, from: number, length: number, whole: number): Placed {
  one.style.left = `${(100 * from) / whole}%`;
  one.style.width = `${(100 * length) / whole}%`;
  return one;
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter(isShown).map(asNode));
}

/** Follow a pressed pointer; `end` is called with whether it was released or lost. */
export function drag(
  held: HTMLElement,
  { pointerId }: PointerEvent,
  move: (event: PointerEvent) => void,
  end: (released: boolean) => void = () => {},
): void {
  const over = new AbortController();
  const { signal } = over;
  const ended = (event: Event): void => {
    over.abort();
    end(event.type === "pointerup");
  };
  held.setPointerCapture(pointerId);
  held.addEventListener("pointermove", move, { signal });
  held.addEventListener("pointerup", ended, { signal });
  held.addEventListener("pointercancel", ended, { signal });
}

/** Only links to this server or to http(s) pages: `javascript:` in data from the server stays inert. */
export function safeUrl(url: string): string {
  try {
    const parsed = new URL(url, window.location.href);
    return ["http:", "https:", "blob:"].includes(parsed.protocol) ? parsed.href : "#";
  } catch {
    return "#";
  }
}

/** Debounce of announcements, so that a screen reader reads states and not every percent. */
const QUIET_MS = 400;
let announcement: ReturnType<typeof setTimeout> | undefined;

/** Announce a text by the page's one live region. */
export function announce(text: string): void {
  clearTimeout(announcement);
  const region = document.getElementById("announcer");
  if (!region) return;
  announcement = setTimeout(() => {
    if (region.textContent !== text) region.textContent = text;
  }, QUIET_MS);
}

/** Show a dialog and remove it once closed; the focus returns to the element with the id `opener`. */
export function showDialog(dialog: HTMLDialogElement, opener: string, onClosed: () => void = () => {}): void {
  dialog.addEventListener("close", () => {
    onClosed();
    dialog.remove();
    document.getElementById(opener)?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus(); // else the first control that is ready gets it, which is the player's speed
}
