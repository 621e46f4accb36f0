// Opening an incident: what, how grave, where. The place is a click on the map or a pair of coordinates.

import { CATEGORY, LEVEL } from "../model/glossary.js";
import { parseCoordinates } from "../model/format.js";
import { ask, choices, field } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { IncidentMap } from "../map/incident-map.js";

/** Resolves to the new incident, or to `null`. */
export async function askIncident({ api }) {
  const title = h("input", { required: true, maxlength: 100, autofocus: true, placeholder: "如：滨江路水厂段车辆落水" });
  const category = choices("category", "类别", CATEGORY, "other");
  const level = h("select", Object.entries(LEVEL).reverse().map(([value, label]) => h("option", { value }, label)));
  const address = h("input", { maxlength: 200, placeholder: "如：南隆街道滨江路一段" });
  const place = h("input", { placeholder: "106.0612, 31.3547", inputmode: "decimal", "aria-describedby": "place-hint" });
  const drill = h("input", { type: "checkbox" });
  const map = new IncidentMap({
    onPick: (location) => {
      place.value = `${location.longitude.toFixed(6)}, ${location.latitude.toFixed(6)}`;
      place.setCustomValidity("");
      map.setIncident({ location });
    },
  });
  place.addEventListener("input", () => {
    const location = parseCoordinates(place.value);
    place.setCustomValidity(place.value.trim() && !location ? "请写作：经度, 纬度（WGS-84），例如 106.0612, 31.3547" : "");
    if (location) map.setIncident({ location });
  });
  const question = ask({
    title: "新建事件",
    confirm: "新建并进入",
    body: [
      h("div.form-columns",
        h("div.form-column",
          field("标题", title), category.element,
          h("div.form-pair", field("事件级别", level), h("label.check.in-form", drill, h("span", "演练"))),
          field("地址", address), field("坐标", place, "经度, 纬度；或在右侧地图上点击")),
        h("div.form-column.form-map", h("span.field-label", "地点"), map.element)),
    ],
    submit: () => api.post("/incidents", {
      title: title.value.trim(), category: category.value ?? "other", level: level.value, address: address.value.trim() || null,
      location: parseCoordinates(place.value), isDrill: drill.checked, ground: null,
    }),
  });
  map.mounted();
  try {
    return await question;
  } finally {
    map.unmount();
  }
}

