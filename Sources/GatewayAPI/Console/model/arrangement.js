// Which link stands in which cell. Pure: 16 places, an automatic or a chosen grid.

export const PLACES = 16;
const SIDES = [1, 2, 3, 4];

export class Arrangement {
  places = Array(PLACES).fill(null);
  removed = new Set();
  chosenSide = null;

  /** Restores what `toJSON` gave; anything else is passed over. */
  static from(saved) {
    const arrangement = new Arrangement();
    if (saved === null || typeof saved !== "object") return arrangement;
    if (Array.isArray(saved.places)) {
      saved.places.slice(0, PLACES).forEach((key, index) => { arrangement.places[index] = typeof key === "string" ? key : null; });
    }
    if (Array.isArray(saved.removed)) arrangement.removed = new Set(saved.removed);
    if (SIDES.includes(saved.side)) arrangement.chosenSide = saved.side;
    return arrangement;
  }

  toJSON() {
    return { places: this.places, removed: [...this.removed], side: this.chosenSide };
  }

  /** Cells on a side: as chosen, or the smallest grid that holds every occupied place. */
  get side() {
    const last = this.places.findLastIndex((key) => key !== null);
    const needed = SIDES.find((side) => side * side > last) ?? 4;
    return this.chosenSide ?? needed;
  }

  get visible() {
    return this.places.slice(0, this.side * this.side);
  }

  /** Links that have no visible cell. */
  hidden(keys) {
    const shown = new Set(this.visible);
    return keys.filter((key) => !shown.has(key));
  }

  /** Takes up the links that are active now: ended ones leave, new ones get a place unless a person removed them. */
  sync(keys) {
    const active = new Set(keys);
    this.places = this.places.map((key) => (active.has(key) ? key : null));
    this.removed = new Set([...this.removed].filter((key) => active.has(key)));
    this.#tighten();
    for (const key of keys) {
      if (!this.places.includes(key) && !this.removed.has(key)) this.#placeFree(key, this.chosenSide === null ? PLACES : this.side ** 2);
    }
  }

  /** Puts a link on the screen and returns its cell; where nothing is free it takes the last one. */
  place(key) {
    this.removed.delete(key);
    const known = this.places.indexOf(key);
    const limit = this.chosenSide === null ? PLACES : this.side ** 2;
    if (known >= 0 && known < limit) return known;
    if (known >= 0) this.places[known] = null;
    return this.#placeFree(key, limit) ?? this.#replace(key, limit - 1);
  }

  remove(index) {
    const key = this.places[index] ?? null;
    if (key === null) return null;
    this.places[index] = null;
    this.removed.add(key);
    this.#tighten();
    return key;
  }

  swap(from, to) {
    const inside = (index) => Number.isInteger(index) && index >= 0 && index < PLACES;
    if (!inside(from) || !inside(to)) return;
    [this.places[from], this.places[to]] = [this.places[to], this.places[from]];
  }

  /** 1, 2, 3, 4 cells on a side, or `null` for automatic. */
  choose(side) {
    this.chosenSide = SIDES.includes(side) ? side : null;
    if (this.chosenSide === null) this.#compact();
  }

  #placeFree(key, limit) {
    const free = this.places.findIndex((known, index) => known === null && index < limit);
    if (free < 0) return null;
    this.places[free] = key;
    return free;
  }

  #replace(key, index) {
    if (this.places[index] !== null) this.removed.add(this.places[index]);
    this.places[index] = key;
    return index;
  }

  /** Cells keep their places while they can; they close up only where a smaller automatic grid then holds them. */
  #tighten() {
    if (this.chosenSide !== null) return;
    const count = this.places.filter((key) => key !== null).length;
    const needed = SIDES.find((side) => side * side >= count) ?? 4;
    if (needed < this.side) this.#compact();
  }

  #compact() {
    const kept = this.places.filter((key) => key !== null);
    this.places = [...kept, ...Array(PLACES - kept.length).fill(null)];
  }
}

/** The cell an arrow key leads to, staying in the grid. */
export function neighbour(index, arrow, side) {
  const row = Math.floor(index / side);
  const column = index % side;
  switch (arrow) {
    case "ArrowLeft": return column > 0 ? index - 1 : index;
    case "ArrowRight": return column < side - 1 ? index + 1 : index;
    case "ArrowUp": return row > 0 ? index - side : index;
    case "ArrowDown": return row < side - 1 ? index + side : index;
    default: return index;
  }
}
