import Foundation

/// `lookout-fuzz PARSER [libFuzzer's options and corpora]`; built with `LOOKOUT_FUZZ` set only.
@main
enum FuzzDriver {
    /// Set once, before libFuzzer's loop on this same thread begins.
    // SAFETY: written by `main` before the loop; read by the loop's one thread.
    nonisolated(unsafe) static var target = FuzzTarget.messages

    static func main() {
        var arguments = CommandLine.arguments
        // Merging, libFuzzer starts this program again, with arguments of its own.
        let inherited = ProcessInfo.processInfo.environment["LOOKOUT_FUZZ_PARSER"].flatMap(FuzzTarget.init)
        guard let target = inherited ?? arguments.dropFirst().first.flatMap(FuzzTarget.init) else {
            FileHandle.standardError.write(
                Data("usage: lookout-fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [options] [corpora]\n".utf8)
            )
            exit(64)
        }
        Self.target = target
        if inherited == nil { arguments.remove(at: 1) }
        setenv("LOOKOUT_FUZZ_PARSER", target.rawValue, 1)
        var pointers = arguments.map { strdup($0) } + [nil]
        var count = CInt(arguments.count)
        let status = pointers.withUnsafeMutableBufferPointer { buffer in
            var base = buffer.baseAddress
            return fuzzerRunDriver(&count, &base) { bytes, size in
                do {
                    try FuzzDriver.target.run(Array(UnsafeBufferPointer(start: bytes, count: size)))
                } catch {
                    fatalError("broken: \(error)")
                }
                return 0
            }
        }
        exit(status)
    }
}

/// libFuzzer's entry for programs with a `main` of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func fuzzerRunDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
