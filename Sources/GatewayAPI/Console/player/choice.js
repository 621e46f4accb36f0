// What of a point a cell asks for. This browser may not play the stream that is wanted: then the point's other stream where
// that may help, else the wanted one as H.264, made by the gateway, else a still a second. Pure.

/** Why the gateway makes no transcode: as many run as may, or none may. */
export const REFUSALS = new Set(["transcodesFull", "transcodesOff"]);

export class Choice {
  #wanted;
  stream;
  substitute = null; // the stream that is shown because the wanted one cannot be played
  transcode = false;

  constructor(stream) {
    this.change(stream);
  }

  /** Another stream is wanted; nothing is known of it. */
  change(stream) {
    this.#wanted = stream;
    this.stream = stream;
    this.substitute = null;
    this.transcode = false;
  }

  /**
   * What is asked for cannot be played.
   * @returns {"stream"|"transcode"|"stills"}  what to do: ask for another stream, for the same as a transcode, or for stills
   */
  next(streams) {
    if (this.transcode) return "stills";
    const other = this.substitute === null ? otherStream({ stream: this.stream, streams }) : null;
    if (other) {
      this.stream = other;
      this.substitute = other;
      return "stream";
    }
    const before = this.stream;
    this.stream = this.#wanted;
    this.substitute = null;
    this.transcode = true;
    return before === this.stream ? "transcode" : "stream";
  }
}

/** The role of a stream that a browser can play by its declared codec, other than the subject's; `null` if there is none. */
export function otherStream({ stream, streams = [] }) {
  return streams.find((each) => each.role !== stream && each.codec !== "h265")?.role ?? null;
}

export function playable(mimeType) {
  return globalThis.MediaSource?.isTypeSupported(mimeType) === true;
}
