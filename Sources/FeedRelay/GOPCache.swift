import GatewayCore

/// The access units since the last key picture, for viewers that come in the middle of a GOP.
///
/// Bounded in bytes: a GOP that grows beyond is forgotten whole, and caching begins again at the next key picture.
/// Never part of a GOP.
struct GOPCache {
    let byteLimit: Int
    private(set) var units: [AccessUnit] = []
    private(set) var byteCount = 0
    /// Distance of the last two key pictures.
    private(set) var gopLength: MediaTime?
    private var lastKeyTime: MediaTime?

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    mutating func append(_ unit: AccessUnit) {
        if unit.isKey {
            if let lastKeyTime { gopLength = unit.mediaTime - lastKeyTime }
            lastKeyTime = unit.mediaTime
            units.removeAll(keepingCapacity: true)
            byteCount = 0
        } else if units.isEmpty {
            return
        }
        guard byteCount + unit.storedBytes <= byteLimit else {
            units.removeAll()
            byteCount = 0
            return
        }
        units.append(unit)
        byteCount += unit.storedBytes
    }

    /// Sound that came without a unit belongs to the last one.
    mutating func attach(_ audio: AudioBatch) {
        guard let last = units.last, byteCount + audio.byteCount <= byteLimit else { return }
        let joined = last.with(last.audio?.followed(by: audio) ?? audio)
        byteCount += joined.storedBytes - last.storedBytes
        units[units.count - 1] = joined
    }

    /// Forgets what is held: the camera's session ended, or its parameters changed.
    mutating func clear() {
        units.removeAll()
        byteCount = 0
        lastKeyTime = nil
    }
}
