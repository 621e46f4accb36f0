// The few boxes of fragmented MP4 (ISO/IEC 14496-12) that the player must read itself.

/** The first box of the given path, as a view of its content, or `null`. Nothing in the bytes can make it throw. */
export function findBox(bytes, path) {
  let within = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const type of path) {
    within = child(within, type);
    if (within === null) return null;
  }
  return within;
}

function child(view, wanted) {
  let offset = 0;
  while (offset + 8 <= view.byteLength) {
    let size = view.getUint32(offset);
    let header = 8;
    if (size === 1) {
      if (offset + 16 > view.byteLength) return null;
      size = Number(view.getBigUint64(offset + 8));
      header = 16;
    } else if (size === 0) {
      size = view.byteLength - offset;
    }
    if (size < header || offset + size > view.byteLength) return null;
    const type = String.fromCharCode(
      view.getUint8(offset + 4), view.getUint8(offset + 5), view.getUint8(offset + 6), view.getUint8(offset + 7));
    if (type === wanted) return new DataView(view.buffer, view.byteOffset + offset + header, size - header);
    offset += size;
  }
  return null;
}

/** Units a second of the first track's media time (8.4.2 `mdhd`), or `null`. */
export function timescale(initSegment) {
  const box = findBox(initSegment, ["moov", "trak", "mdia", "mdhd"]);
  if (box === null || box.byteLength < 24) return null;
  const offset = box.getUint8(0) === 1 ? 20 : 12;
  if (box.byteLength < offset + 4) return null;
  return box.getUint32(offset) || null;
}

/** The fragment's decode time in units of the timescale (8.8.12 `tfdt`), or `null`. */
export function decodeTime(fragment) {
  const box = findBox(fragment, ["moof", "traf", "tfdt"]);
  if (box === null || box.byteLength < 8) return null;
  if (box.getUint8(0) !== 1) return box.getUint32(4);
  return box.byteLength < 12 ? null : Number(box.getBigUint64(4));
}
