// Finds camera points by name, 20-digit code, address or pinyin initials; best first. Pure.

/** @param {object[]} points  camera points  @param {string} text  @returns {object[]} */
export function search(points, text, limit = 12) {
  const words = normal(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return points
    .map((point, index) => ({ point, index, score: scoreAll(point, words) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score || one.index - other.index)
    .slice(0, limit)
    .map(({ point }) => point);
}

/** Lower case, full-width letters and digits as half-width. */
export function normal(text) {
  return String(text ?? "").normalize("NFKC").toLowerCase().trim();
}

function scoreAll(point, words) {
  let sum = 0;
  for (const word of words) {
    const score = scoreOne(point, word);
    if (score === 0) return 0;
    sum += score;
  }
  return sum / words.length;
}

function scoreOne(point, word) {
  const name = normal(point.name);
  const pinyin = normal(point.pinyin);
  const code = normal(point.gbCode);
  if (name === word || code === word) return 100;
  if (name.startsWith(word)) return 90;
  if (pinyin && pinyin === word) return 88;
  if (name.includes(word)) return 80;
  if (pinyin.startsWith(word)) return 70;
  // An operator knows a code by its end, without the zeros of its serial number.
  if (/^\d+$/.test(word) && code.endsWith(word.padStart(Math.min(6, Math.max(word.length, 4)), "0"))) return 66;
  if (word.length >= 2 && pinyin.includes(word)) return 60;
  if (/^\d{3,}$/.test(word) && code.includes(word)) return 50;
  if (normal(point.address).includes(word) || normal(point.township).includes(word)) return 40;
  return 0;
}
