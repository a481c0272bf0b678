/** Search over any rows: every word must occur somewhere, case and accents aside. */
export function matches(words: string, ...texts: (string | number)[]): boolean {
  const plain = (text: string): string =>
    text
      .normalize("NFD")
      .replace(/\p{Diacritic}/gu, "")
      .toLowerCase();
  const all = plain(texts.join(" "));
  return plain(words)
    .split(/\s+/)
    .every((word) => all.includes(word));
}
