import Secrets

/// A line that an Assuan server answers; libassuan manual, "Server responses".
enum AssuanReply: Equatable {
    /// `OK`: done, and this was the last line of the answer.
    case ok
    /// `ERR`: not done, for this reason: a code of libgpg-error without the source, its low 16 bits.
    case failure(Int)
    /// `D`: bytes, which are left where they are; there may be more such lines.
    case data
    /// Status, a comment, or what nobody has defined: to be passed over.
    case remark

    /// The longest line that may be sent, its end included.
    ///
    /// A text is one line: of two `SETDESC` pinentry shows the second alone.
    static let maximumLine = 1000

    /// What a line is.
    init(_ line: borrowing SecretBytes) {
        if line.begins("D ") {
            self = .data
        } else if line.begins("OK"), line.count == 2 || line[2] == UInt8(ascii: " ") {
            self = .ok
        } else if line.begins("ERR ") {
            var code = 0
            for offset in 4..<min(line.count, 16) {
                guard let digit = line[offset].wholeNumber else { break }
                code = code * 10 + digit
            }
            self = .failure(code & 0xFFFF)
        } else {
            self = .remark
        }
    }

    /// A command with its argument, in which `%` and the ends of lines are escaped, however long it is.
    static func line(_ command: String, _ argument: String = "") -> [UInt8] {
        var line = Array(command.utf8)
        if !argument.isEmpty { line.append(UInt8(ascii: " ")) }
        for byte in argument.utf8 {
            switch byte {
            case UInt8(ascii: "%"): line += "%25".utf8
            case UInt8(ascii: "\n"): line += "%0A".utf8
            case UInt8(ascii: "\r"): line += "%0D".utf8
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }
}

extension SecretBytes {
    /// Adds what a `D` line carries; the bytes go from page to page.
    ///
    /// `%` and two hexadecimal digits are one byte.
    ///
    /// - Throws: ``SecretBytesError/full``.
    mutating func append(dataOf line: borrowing SecretBytes) throws(SecretBytesError) {
        var offset = 2
        while offset < line.count {
            var byte = line[offset]
            if byte == UInt8(ascii: "%"), offset + 2 < line.count, let high = line[offset + 1].hexDigit, let low = line[offset + 2].hexDigit
            {
                byte = high << 4 | low
                offset += 2
            }
            try append(byte)
            byte = 0
            offset += 1
        }
    }

    fileprivate subscript(offset: Int) -> UInt8 {
        withBytes { bytes in unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
    }

    fileprivate borrowing func begins(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        return withBytes { bytes in
            unsafe bytes.withUnsafeBytes {
                unsafe $0.starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            }
        }
    }
}

extension UInt8 {
    fileprivate var wholeNumber: Int? { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) ? Int(self - UInt8(ascii: "0")) : nil }

    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
