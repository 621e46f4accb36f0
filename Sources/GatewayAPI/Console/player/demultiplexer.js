// Splits the byte stream of `GET /media/consoles/{id}` into messages, however the network has cut it.
//
// A message is a 16-byte big-endian prefix and its bytes:
//   u32 length of the bytes after the prefix · u32 feed · u8 kind · u8 key flag · 2 reserved · u32 ms since stream start

export const PREFIX_LENGTH = 16;

/** A longer message is a broken stream: the gateway bounds a fragment far below it. */
export const MESSAGE_LIMIT = 32 * 1024 * 1024;

const KINDS = ["init", "fragment", "state", "gap", "keepalive"];

export class DemultiplexerError extends Error {}

export class Demultiplexer {
  #prefix = new Uint8Array(PREFIX_LENGTH);
  #prefixFilled = 0;
  #message = null;
  #bodyFilled = 0;

  /**
   * Takes the next chunk and returns the messages it completes, oldest first. Payloads are copies: the chunk may be reused.
   * @param {Uint8Array} chunk
   * @returns {{feed: number, kind: string, key: boolean, ms: number, payload: Uint8Array}[]}
   */
  push(chunk) {
    const messages = [];
    let offset = 0;
    while (offset < chunk.length || this.#isComplete()) {
      if (this.#isComplete()) {
        messages.push(this.#message);
        this.#message = null;
        this.#prefixFilled = 0;
        continue;
      }
      offset += this.#message ? this.#fillBody(chunk, offset) : this.#fillPrefix(chunk, offset);
    }
    return messages;
  }

  #isComplete() {
    return this.#message !== null && this.#bodyFilled === this.#message.payload.length;
  }

  #fillPrefix(chunk, offset) {
    const taken = Math.min(PREFIX_LENGTH - this.#prefixFilled, chunk.length - offset);
    this.#prefix.set(chunk.subarray(offset, offset + taken), this.#prefixFilled);
    this.#prefixFilled += taken;
    if (this.#prefixFilled === PREFIX_LENGTH) this.#begin();
    return taken;
  }

  #fillBody(chunk, offset) {
    const payload = this.#message.payload;
    const taken = Math.min(payload.length - this.#bodyFilled, chunk.length - offset);
    payload.set(chunk.subarray(offset, offset + taken), this.#bodyFilled);
    this.#bodyFilled += taken;
    return taken;
  }

  #begin() {
    const view = new DataView(this.#prefix.buffer);
    const length = view.getUint32(0);
    if (length > MESSAGE_LIMIT) throw new DemultiplexerError(`message of ${length} bytes exceeds ${MESSAGE_LIMIT}`);
    this.#message = {
      feed: view.getUint32(4),
      // A kind from a newer gateway is named, so that the receiver can pass over it.
      kind: KINDS[view.getUint8(8)] ?? "unknown",
      key: view.getUint8(9) !== 0,
      ms: view.getUint32(12),
      payload: new Uint8Array(length),
    };
    this.#bodyFilled = 0;
  }
}

/**
 * The payload of an init message: u16 length of the MIME type, the MIME type, then ftyp and moov.
 * @param {Uint8Array} payload
 * @returns {{mimeType: string, segment: Uint8Array}}
 */
export function parseInit(payload) {
  if (payload.length < 2) throw new DemultiplexerError("init message without MIME type");
  const length = (payload[0] << 8) | payload[1];
  if (payload.length < 2 + length) throw new DemultiplexerError("init message cut within its MIME type");
  const mimeType = new TextDecoder().decode(payload.subarray(2, 2 + length));
  return { mimeType, segment: payload.subarray(2 + length) };
}

/** The payload of a state message; an unreadable one is `null`, since a cell must outlive it. */
export function parseState(payload) {
  try {
    const state = JSON.parse(new TextDecoder().decode(payload));
    return state !== null && typeof state === "object" ? state : null;
  } catch {
    return null;
  }
}
