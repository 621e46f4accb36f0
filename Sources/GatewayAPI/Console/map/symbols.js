// What stands on the map: the incident, camera points by health, where a camera looks. Shapes differ as colours do.

import { svg } from "../view/dom.js";

const SHAPES = {
  online: () => [svg("circle", { cx: 12, cy: 12, r: 7 })],
  degraded: () => [svg("path", { d: "M12 4l8.500 15h-17z" })],
  offline: () => [svg("path", { d: "M6 6l12 12M18 6L6 18" })],
  unknown: () => [svg("circle", { cx: 12, cy: 12, r: 6 })],
};

const CORNERS = { ne: [10, -22], nw: [-38, -22], se: [10, 4], sw: [-38, 4] };
const LABEL = { width: 28, height: 25 };

/**
 * In which corner of its point each label stands, so that labels of neighbours cover neither each other nor the incident nor
 * other points: the corner that covers least, north-east before north-west, south-east, south-west. Pure; pixels.
 * @param {{x: number, y: number}[]} places  @param {{x: number, y: number} | null} incident
 */
export function labelCorners(places, incident = null) {
  const labels = [];
  const covers = ([left, top], [otherLeft, otherTop, width, height]) =>
    left < otherLeft + width && otherLeft < left + LABEL.width && top < otherTop + height && otherTop < top + LABEL.height;
  return places.map(({ x, y }, index) => {
    const points = places.filter((_, other) => other !== index).map((place) => [place.x - 12, place.y - 12, 24, 24]);
    const mark = incident ? [[incident.x - 20, incident.y - 20, 40, 40]] : [];
    const cost = (box) => 100 * labels.filter((other) => covers(box, other)).length + 10 * mark.filter((other) => covers(box, other)).length
      + points.filter((other) => covers(box, other)).length;
    const corners = Object.entries(CORNERS).map(([corner, [dx, dy]]) => ({ corner, box: [x + dx, y + dy] }));
    const best = corners.reduce((best, next) => (cost(next.box) < cost(best.box) ? next : best));
    labels.push([...best.box, LABEL.width, LABEL.height]);
    return best.corner;
  });
}

export function pointIcon(L, { health = "unknown", linked = false, label = null, corner = "ne", selected = false }) {
  const shape = SHAPES[health] ?? SHAPES.unknown;
  const element = document.createElement("div");
  element.className = "point";
  element.dataset.health = health;
  if (linked) element.dataset.linked = "";
  if (selected) element.dataset.selected = "";
  element.append(svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, linked && svg("circle", { cx: 12, cy: 12, r: 11, class: "point-ring" }), shape()));
  if (label !== null) {
    const number = document.createElement("span");
    number.textContent = label;
    number.dataset.corner = corner;
    element.append(number);
  }
  return L.divIcon({ className: "point-icon", html: element, iconSize: [28, 28], iconAnchor: [14, 14] });
}

export function incidentIcon(L) {
  const element = svg("svg", { viewBox: "0 0 48 48", class: "incident-mark", "aria-hidden": "true" },
    svg("circle", { cx: 24, cy: 24, r: 15 }), svg("path", { d: "M24 2v14M24 32v14M2 24h14M32 24h14" }), svg("circle", { cx: 24, cy: 24, r: 3.500, class: "incident-dot" }));
  const box = document.createElement("div");
  box.append(element);
  return L.divIcon({ className: "incident-icon", html: box, iconSize: [48, 48], iconAnchor: [24, 24] });
}

const METRES_A_DEGREE = 111_320;

/**
 * The outline of what a camera sees, as `[latitude, longitude]` pairs: a sector of `fieldOfView` degrees about `azimuth`
 * (0 = north, clockwise), `range` metres deep. Pure; empty where the dossier does not say.
 */
export function sector({ location, azimuth, fieldOfView, visibleRange }) {
  if (!location || !Number.isFinite(azimuth) || !Number.isFinite(fieldOfView) || fieldOfView <= 0) return [];
  const range = Number.isFinite(visibleRange) && visibleRange > 0 ? visibleRange : 60;
  const east = METRES_A_DEGREE * Math.cos((location.latitude * Math.PI) / 180);
  if (Math.abs(east) < 1) return [];
  const arc = Array.from({ length: 13 }, (_, index) => {
    const angle = ((azimuth - fieldOfView / 2 + (fieldOfView * index) / 12) * Math.PI) / 180;
    return [location.latitude + (range * Math.cos(angle)) / METRES_A_DEGREE, location.longitude + (range * Math.sin(angle)) / east];
  });
  return [[location.latitude, location.longitude], ...arc];
}
