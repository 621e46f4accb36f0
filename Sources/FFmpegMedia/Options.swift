import CFFmpeg

/// Owner of an `AVDictionary` of options. A key that FFmpeg left in it was not understood.
struct Options: ~Copyable {
    var pointer: OpaquePointer?

    init(_ pairs: KeyValuePairs<String, String>) throws(FFmpegError) {
        for (key, value) in pairs { try check(av_dict_set(&pointer, key, value, 0), "set option \(key)") }
    }

    deinit {
        var pointer = pointer
        av_dict_free(&pointer)
    }

    /// Throws if FFmpeg took not every option: a misspelt one would otherwise be ignored in silence.
    func checkAllTaken(_ operation: String) throws(FFmpegError) {
        guard let entry = av_dict_get(pointer, "", nil, AV_DICT_IGNORE_SUFFIX), let key = entry.pointee.key else { return }
        throw .invalidArgument("option \(String(cString: key)) is unknown", operation: operation)
    }
}
