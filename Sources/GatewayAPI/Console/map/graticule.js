// The plain ground: lines of longitude and latitude with their degrees, where no tile server is configured.

const STEPS = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];

/** No label stands closer to a corner, where controls are. */
const EDGE = 90;

/** The step (degrees) that puts about `wanted` lines on a span of this many degrees. Pure. */
export function step(degrees, wanted) {
  return STEPS.find((candidate) => degrees / candidate >= wanted) ?? STEPS[STEPS.length - 1];
}

/** The multiples of `by` within `[from, to]`. Pure; the index keeps binary fractions from piling up. */
export function lines(from, to, by) {
  const first = Math.ceil(from / by);
  const last = Math.floor(to / by);
  return Array.from({ length: Math.max(0, Math.min(200, last - first + 1)) }, (_, index) => (first + index) * by);
}

/** Adds the ground to a map; it draws itself anew when the map has moved. */
export function addGraticule(L, map) {
  const group = L.layerGroup([], { pane: "tilePane" }).addTo(map);
  const draw = () => {
    const bounds = map.getBounds();
    const by = step(bounds.getEast() - bounds.getWest(), Math.max(2, map.getSize().x / 220));
    const digits = Math.max(0, Math.ceil(-Math.log10(by)));
    const size = map.getSize();
    group.clearLayers();
    const west = bounds.getWest() - by, east = bounds.getEast() + by, south = bounds.getSouth() - by, north = bounds.getNorth() + by;
    for (const longitude of lines(west, east, by)) {
      group.addLayer(line([[south, longitude], [north, longitude]]));
      const { x } = map.latLngToContainerPoint([bounds.getNorth(), longitude]);
      if (x > EDGE && x < size.x - EDGE) group.addLayer(label([bounds.getNorth(), longitude], `${longitude.toFixed(digits)}°`, "graticule-longitude"));
    }
    for (const latitude of lines(south, north, by)) {
      group.addLayer(line([[latitude, west], [latitude, east]]));
      const { y } = map.latLngToContainerPoint([latitude, bounds.getEast()]);
      if (y > EDGE / 3 && y < size.y - EDGE / 6) group.addLayer(label([latitude, bounds.getEast()], `${latitude.toFixed(digits)}°`, "graticule-latitude"));
    }
  };
  const line = (points) => L.polyline(points, { className: "graticule-line", interactive: false, weight: 1 });
  const label = (at, text, className) => {
    const element = document.createElement("span");
    element.textContent = text;
    return L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className: `graticule-label ${className}`, html: element, iconSize: null }) });
  };
  map.on("moveend zoomend resize", draw);
  draw();
}
