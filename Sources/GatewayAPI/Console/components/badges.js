// Level and mode of an incident, health of a camera point: a symbol or a word beside every colour.

import { HEALTH, LEVEL, symbol, word } from "../model/glossary.js";
import { h } from "../view/dom.js";

export function levelBadge({ level, provisional }) {
  if (!level) return h("span.badge", "未定级");
  return h("span.badge", { dataset: { level } }, word(LEVEL, level), provisional ? "（暂定）" : "");
}

export function modeBadge({ mode }) {
  return mode === "wartime" ? h("span.badge.wartime", "⚑ 战时") : h("span.badge", "常态");
}

export function healthMark(health) {
  const state = health?.state ?? "unknown";
  return h("span.health", { dataset: { health: state } }, h("span", { aria: { hidden: true } }, symbol(HEALTH, state)), ` ${word(HEALTH, state)}`);
}
