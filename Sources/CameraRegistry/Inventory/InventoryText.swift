import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The text of an inventory file, whatever a Chinese Excel or WPS has saved it as.
///
/// UTF-8 with or without byte-order mark is tried first; bytes that are not UTF-8 are GB18030, which contains GBK and
/// GB 2312. UTF-16 and XLSX are recognised and refused with the remedy.
package enum InventoryText {
    package enum Encoding: String, Sendable { case utf8, utf8BOM, gb18030 }

    package struct Fault: Error, Hashable, Sendable {
        package var line: Int
        package var cell: CellFault
    }

    /// Files above this are refused: 100,000 points fit into half of it.
    package static let byteLimit = 64 << 20

    package static func decode(_ bytes: [UInt8]) throws(Fault) -> (text: [UInt8], encoding: Encoding) {
        func refuse(_ reason: String, _ message: String, _ remedy: String, line: Int = 1) -> Fault {
            Fault(line: line, cell: CellFault(reason, message, remedy))
        }
        guard bytes.count <= byteLimit else {
            throw refuse("fileTooLarge", "文件超过 64 MiB", "请拆分成多个文件")
        }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            throw refuse("notCSV", "这是 XLSX 工作簿,不是 CSV", "在 Excel 或 WPS 中「另存为」CSV UTF-8(逗号分隔)")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw refuse("encodingUnknown", "文件是 UTF-16(Unicode 文本)", "在 Excel 或 WPS 中「另存为」CSV UTF-8(逗号分隔)")
        }
        if let zero = bytes.firstIndex(of: 0) {
            throw refuse("encodingUnknown", "文件含有空字节,不是文本", "请重新导出为 CSV", line: line(of: zero, in: bytes))
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let hasMark = bytes.starts(with: mark)
        let body = hasMark ? Array(bytes.dropFirst(3)) : bytes
        if String(validating: body, as: UTF8.self) != nil { return (body, hasMark ? .utf8BOM : .utf8) }
        if hasMark {
            throw refuse("encodingBroken", "文件标明 UTF-8,但含有无效字节", "请重新导出,不要拼接不同编码的文件")
        }
        switch GB18030.toUTF8(body) {
        case .success(let text): return (text, .gb18030)
        case .failure(let broken):
            throw refuse(
                "encodingBroken", "既不是 UTF-8 也不是 GB18030", "请重新导出为 CSV UTF-8(逗号分隔)",
                line: line(of: broken.offset, in: body))
        }
    }

    private static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        bytes.prefix(offset).reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    }
}

/// GB18030 by the C library's converter.
package enum GB18030 {
    package struct Broken: Error, Hashable, Sendable { package var offset: Int }

    package static func toUTF8(_ bytes: [UInt8]) -> Result<[UInt8], Broken> { convert(bytes, from: "GB18030", to: "UTF-8") }
    package static func fromUTF8(_ text: String) -> Result<[UInt8], Broken> {
        convert(Array(text.utf8), from: "UTF-8", to: "GB18030")
    }

    private static func convert(_ bytes: [UInt8], from source: String, to target: String) -> Result<[UInt8], Broken> {
        guard let converter = iconv_open(target, source), converter != iconv_t(bitPattern: -1) else {
            return .failure(Broken(offset: 0))
        }
        defer { iconv_close(converter) }
        var input = bytes.map { CChar(bitPattern: $0) }
        let inputCount = input.count
        var output: [UInt8] = []
        output.reserveCapacity(inputCount * 2)
        var chunk = [CChar](repeating: 0, count: 64 << 10)
        let chunkCount = chunk.count
        var consumed = 0
        while consumed < inputCount {
            var left = inputCount - consumed
            var room = chunkCount
            let (status, error) = input.withUnsafeMutableBufferPointer { inBuffer in
                chunk.withUnsafeMutableBufferPointer { outBuffer in
                    var from = inBuffer.baseAddress.map { $0 + consumed }
                    var to = outBuffer.baseAddress
                    let status = iconv(converter, &from, &left, &to, &room)
                    return (status, errno)
                }
            }
            output.append(contentsOf: chunk[..<(chunkCount - room)].lazy.map { UInt8(bitPattern: $0) })
            consumed = inputCount - left
            // E2BIG asks for another chunk; everything else is a sequence that is broken or cut short.
            if status == -1 && error != E2BIG { return .failure(Broken(offset: consumed)) }
        }
        return .success(output)
    }
}
