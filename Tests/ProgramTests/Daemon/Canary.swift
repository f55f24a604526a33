import Foundation

/// A secret that must not be found anywhere, and all that it could look like.
struct Canary {
    /// One way to write bytes.
    struct Form {
        let name: String
        let bytes: [UInt8]
    }

    let name: String
    private let secret: [UInt8]
    let forms: [Form]
    /// The secret as text; `nil` where it is none.
    let text: String?

    init(_ name: String, _ text: String) { self.init(name, bytes: Array(text.utf8), text: text) }

    /// - Parameter text: what the bytes are as text; `nil` where they are none.
    init(_ name: String, bytes: [UInt8], text: String? = nil) {
        self.name = name
        self.text = text
        secret = bytes
        let digits = bytes.map { String(format: "%02x", $0) }.joined()
        var forms = [
            Form(name: "plain", bytes: bytes), Form(name: "hexadecimal", bytes: Array(digits.utf8)),
            Form(name: "HEXADECIMAL", bytes: Array(digits.uppercased().utf8)),
            Form(name: "Swift's array", bytes: Array(bytes.map(String.init).joined(separator: ", ").utf8)),
        ]
        if let text {
            let units = Array(text.utf16)
            forms.append(Form(name: "UTF-16LE", bytes: units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
            forms.append(Form(name: "UTF-16BE", bytes: units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }))
        }
        for shift in 0..<3 {
            let core = Self.base64(of: bytes, behind: shift)
            forms.append(Form(name: "Base64, \(shift) bytes behind", bytes: core))
            let safe = core.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
            if safe != core { forms.append(Form(name: "Base64 for URLs, \(shift) bytes behind", bytes: safe)) }
        }
        self.forms = forms
    }

    /// The characters that depend on the secret alone when `shift` other bytes stand before it in its group (RFC 4648, 4).
    private static func base64(of bytes: [UInt8], behind shift: Int) -> [UInt8] {
        let text = Array(Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString().utf8)
        let first = (shift * 8 + 5) / 6
        let end = (shift + bytes.count) * 8 / 6
        return Array(text[first..<end])
    }

    /// The forms in which it is in `data`.
    func found(in data: Data) -> [String] { forms.filter { isIn(data, as: $0.bytes) }.map(\.name) }

    private func isIn(_ data: Data, as form: [UInt8]) -> Bool {
        var rest = data.startIndex..<data.endIndex
        while let place = data.range(of: Data(form), in: rest) {
            if form != secret || !isChance(place, in: data) { return true }
            rest = (place.lowerBound + 1)..<data.endIndex
        }
        return false
    }

    /// Whether six or eight digits are a part of a longer number, a digest or an ID, where they are met by chance.
    private func isChance(_ place: Range<Data.Index>, in data: Data) -> Bool {
        guard secret.allSatisfy(Self.isDigit) else { return false }
        let (before, behind) = (data[..<place.lowerBound].last, data[place.upperBound...].first)
        if before.map(Self.isDigit) == true || behind.map(Self.isDigit) == true { return true }
        let head = data[..<place.lowerBound].suffix(32).reversed().prefix(while: Self.isHexadecimal).count
        let tail = data[place.upperBound...].prefix(32).prefix(while: Self.isHexadecimal).count
        return head + place.count + tail >= 24
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
}
