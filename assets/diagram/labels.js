// Labels in the room there is for them.

/** About how wide a text is, in pixels, on the safe side: what stands in a square of its own (Hangul, emoji) or not. */
function span(text, size) {
  return [...text].reduce((sum, sign) => sum + (sign.codePointAt(0) < 0x1100 ? 0.62 : 1.05) * size, 0);
}

/** As much of a text as has room, whole letters. */
function cut(text, room, size) {
  if (span(text, size) <= room) return text;
  const parts = [...new Intl.Segmenter().segment(text)].map((part) => part.segment);
  while (parts.length > 1 && span(parts.join("") + "\u2026", size) > room) parts.pop();
  return parts.join("") + "\u2026";
}
