// Linking a camera point: at once where the rules allow it, after a question where the gateway asks for a ground or reason.

import { GROUND } from "../model/glossary.js";
import { asksForGround, asksForReason } from "../model/reasons.js";
import { ask, choices, field } from "../view/dialog.js";
import { h } from "../view/dom.js";

/**
 * Resolves to the link, or to `null` when the person thought better of it; throws the gateway's refusal.
 * `needsGround` and `needsReason` are what a suggestion already tells; for other points the gateway is asked.
 */
export async function linkPoint(model, point, { record, needsGround = false, needsReason = false }) {
  if (needsGround || needsReason) return askAndLink(model, point, { record, needsGround, needsReason });
  try {
    return await model.link({ cameraPointId: point.id, record });
  } catch (error) {
    if (!asksForGround(error) && !asksForReason(error)) throw error;
    return askAndLink(model, point, { record, needsGround: asksForGround(error) || point.isPrivate, needsReason: asksForReason(error) });
  }
}

function askAndLink(model, point, { record, needsGround, needsReason }) {
  const ground = needsGround ? choices("ground", "调用事由", GROUND, model.incident?.ground ?? null) : null;
  const reason = h("input", { maxlength: 200, required: needsReason });
  const recording = h("input", { type: "checkbox", checked: record });
  return ask({
    title: `关联“${point.name}”`,
    confirm: "关联上屏",
    body: [
      h("p.quiet", point.isPrivate
        ? "这是社会面点位，只能在处置事件期间观看。事由、账号和时间都会登记，24 小时后自动解除。"
        : "请补充说明，内容会登记在案。"),
      ground?.element,
      field(needsReason ? "理由" : "补充说明（可不填）", reason, needsReason ? "室内画面是最后的选择：写明街面或出入口画面为何不够用" : ""),
      h("label.check", recording, h("span", "同时录像")),
    ].filter(Boolean),
    submit: () => model.link({
      cameraPointId: point.id, record: recording.checked, ground: ground?.value ?? null, reason: reason.value.trim() || null,
    }),
  });
}
