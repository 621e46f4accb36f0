// What waits to be appended to one cell's SourceBuffer. Bounded in bytes; on overflow everything up to the newest
// key fragment goes, never part of a GOP.

export const QUEUE_LIMIT = 12 * 1024 * 1024;

export class AppendQueue {
  #items = [];
  #bytes = 0;
  #awaitsKey = false;
  dropped = 0;

  constructor(limit = QUEUE_LIMIT) {
    this.limit = limit;
  }

  get length() {
    return this.#items.length;
  }

  get bytes() {
    return this.#bytes;
  }

  /** @param {{kind: "init"|"fragment", key: boolean, bytes: Uint8Array}} item */
  push(item) {
    if (item.kind === "fragment" && this.#awaitsKey) {
      if (!item.key) {
        this.dropped += 1;
        return;
      }
      this.#awaitsKey = false;
    }
    this.#items.push(item);
    this.#bytes += item.bytes.length;
    if (this.#bytes > this.limit) this.skipToKey();
  }

  peek() {
    return this.#items[0] ?? null;
  }

  shift() {
    const item = this.#items[0] ?? null;
    if (item) this.drop(1);
    return item;
  }

  /** The items of this kind at the head, before the first of another kind. */
  leading(kind) {
    const end = this.#items.findIndex((item) => item.kind !== kind);
    return end < 0 ? [...this.#items] : this.#items.slice(0, end);
  }

  drop(count) {
    for (const item of this.#items.splice(0, count)) this.#bytes -= item.bytes.length;
  }

  /** Keeps the last init and what follows the newest key fragment that is not the very first item. */
  skipToKey() {
    let from = this.#items.length;
    for (let index = this.#items.length - 1; index > 0; index -= 1) {
      if (this.#items[index].kind === "fragment" && this.#items[index].key) {
        from = index;
        break;
      }
    }
    const head = this.#items.slice(0, from);
    const init = head.findLast((item) => item.kind === "init");
    const tail = this.#items.slice(from);
    this.dropped += head.filter((item) => item.kind === "fragment").length;
    this.#items = init ? [init, ...tail] : tail;
    this.#bytes = this.#items.reduce((sum, item) => sum + item.bytes.length, 0);
    this.#awaitsKey = !tail.some((item) => item.kind === "fragment");
  }

  /** Begins anew with this init: what follows the newest key fragment stays, else the next key fragment is awaited. */
  restart(init) {
    const from = this.#items.findLastIndex((item) => item.kind === "fragment" && item.key);
    const tail = from < 0 ? [] : this.#items.slice(from);
    this.#items = init ? [init, ...tail.filter((item) => item.kind === "fragment")] : [];
    this.#bytes = this.#items.reduce((sum, item) => sum + item.bytes.length, 0);
    this.#awaitsKey = tail.length === 0;
  }

  clear() {
    this.#items = [];
    this.#bytes = 0;
    this.#awaitsKey = false;
  }
}
