// The map of one incident: where it is, what is near, what each linked camera sees.

import { HEALTH, word } from "../model/glossary.js";
import { h } from "../view/dom.js";
import { failure, loading } from "../view/states.js";
import { addGraticule } from "./graticule.js";
import { leaflet } from "./leaflet.js";
import { incidentIcon, labelCorners, pointIcon, sector } from "./symbols.js";

/** The county seat: where a map begins that knows no place yet. */
const HOME = [31.3505, 106.0610];

const NEAR_DEGREES = 0.03; // about three kilometres

function isNear(one, other) {
  return Math.abs(one.latitude - other.latitude) < NEAR_DEGREES && Math.abs(one.longitude - other.longitude) < NEAR_DEGREES;
}

/** So many suggestions, best first, are in view at once; the rest is a move of the map away. */
const NEAREST = 8;

export class IncidentMap {
  #map = null;
  #L = null;
  #incident = null;
  #points = [];
  #layers = null;
  #fitted = false;
  #ended = false;
  #observer = null;
  element = h("div.map", { role: "group", aria: { label: "地图" } }, loading("正在准备地图"));

  /** @param {{onPick?: (location) => void, onPoint?: (id: string) => void}} listeners */
  constructor({ onPick = null, onPoint = null } = {}) {
    this.onPick = onPick;
    this.onPoint = onPoint;
  }

  async mounted() {
    try {
      this.#L = await leaflet();
      if (!this.#ended) this.#begin();
    } catch (error) {
      this.element.replaceChildren(failure(error, () => this.mounted()));
    }
  }

  unmount() {
    this.#ended = true;
    this.#observer?.disconnect();
    this.#map?.remove();
    this.#map = null;
  }

  setIncident(incident) {
    const moved = JSON.stringify(incident?.location) !== JSON.stringify(this.#incident?.location);
    this.#incident = incident;
    if (moved && !this.onPick) this.#fitted = false;
    this.#draw();
  }

  /** @param {{point: object, linked: boolean, label: string|null, selected: boolean}[]} points */
  setPoints(points) {
    this.#points = points.filter(({ point }) => point.location);
    this.#draw();
  }

  #begin() {
    const L = this.#L;
    this.element.replaceChildren();
    const canvas = h("div.map-canvas");
    this.element.append(canvas);
    const tiles = document.querySelector("meta[name=lookout-tiles]")?.content ?? "";
    const map = L.map(canvas, {
      center: HOME, zoom: 15, minZoom: 5, maxZoom: 19, attributionControl: false, zoomControl: false, zoomSnap: 0.5, fadeAnimation: false,
    });
    this.#map = map;
    L.control.zoom({ position: "topleft", zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);
    if (tiles) L.tileLayer(tiles, { className: "map-tiles" }).addTo(map);
    else addGraticule(L, map);
    this.#layers = L.layerGroup().addTo(map);
    if (this.onPick) {
      canvas.classList.add("is-picking");
      map.on("click", ({ latlng }) => this.onPick({ longitude: latlng.wrap().lng, latitude: latlng.lat }));
    }
    map.on("zoomend", () => this.#draw());
    this.#observer = new ResizeObserver(() => map.invalidateSize({ pan: false }));
    this.#observer.observe(canvas);
    this.#draw();
  }

  #draw() {
    const map = this.#map;
    if (!map) return;
    const L = this.#L;
    this.#layers.clearLayers();
    for (const { point, linked, selected } of this.#points) {
      const outline = linked || selected ? sector(point) : [];
      if (outline.length) L.polygon(outline, { className: `sector${selected ? " is-selected" : ""}`, interactive: false, weight: 1.5 }).addTo(this.#layers);
    }
    const labelled = this.#points.filter(({ label }) => label !== null);
    const pixel = ({ latitude, longitude }) => map.latLngToLayerPoint([latitude, longitude]);
    const mark = this.#incident?.location ? pixel(this.#incident.location) : null;
    const corners = labelCorners(labelled.map(({ point }) => pixel(point.location)), mark);
    for (const entry of this.#points) this.#place(entry, corners[labelled.indexOf(entry)]);
    const location = this.#incident?.location;
    if (location) {
      L.marker([location.latitude, location.longitude], { icon: incidentIcon(L), interactive: false, keyboard: false, zIndexOffset: 1000 }).addTo(this.#layers);
    }
    this.#fit();
  }

  #place({ point, linked, label, selected }, corner) {
    const L = this.#L;
    const health = point.health?.state ?? "unknown";
    const title = `${label ? `${label}号窗口 ` : ""}${point.name}，${word(HEALTH, health)}`;
    const marker = L.marker([point.location.latitude, point.location.longitude], {
      icon: pointIcon(L, { health, linked, label, corner, selected }), title, alt: title, keyboard: false, zIndexOffset: linked ? 500 : 0,
    });
    if (this.onPoint) marker.on("click", () => this.onPoint(point.id));
    marker.addTo(this.#layers);
  }

  /** Shows the incident and what is near it, once; from then on the view is the person's. */
  #fit() {
    if (this.#fitted || this.onPick) return;
    const location = this.#incident?.location;
    const near = this.#points.filter(({ linked }) => !linked).slice(0, NEAREST);
    // A camera linked from the far end of the county must not shrink the scene to a dot.
    const linked = this.#points.filter((entry) => entry.linked && (!location || isNear(entry.point.location, location)));
    const places = [location, ...[...near, ...linked].map(({ point }) => point.location)].filter(Boolean).map(({ latitude, longitude }) => [latitude, longitude]);
    if (places.length === 0) return;
    if (places.length === 1) this.#map.setView(places[0], 16, { animate: false });
    else this.#map.fitBounds(places, { padding: [36, 36], maxZoom: 17, animate: false });
    this.#fitted = near.length > 0;
  }
}
