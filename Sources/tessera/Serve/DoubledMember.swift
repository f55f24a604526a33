import Foundation

/// A member that stands twice in the same object of a JSON text.
///
/// Readers take the one or the other (RFC 8259, section 4), so that what a person checked is not what is in force.
struct DoubledMember {
    /// Where it stands: `log.level`.
    let path: String
    /// The line of the second one, from 1.
    let line: Int

    private struct Level {
        let isObject: Bool
        var names: Set<String> = []
        var last = ""
        var expectsName: Bool

        init(isObject: Bool) { (self.isObject, expectsName) = (isObject, isObject) }
    }

    /// What is told of it.
    var problem: ServeConfigurationError {
        .init(.malformed, path, "it stands twice, again in line \(line)", hint: "leave one of them out")
    }

    /// Finds them all in a text that a decoder has taken already.
    static func all(in bytes: [UInt8]) -> [DoubledMember] {
        var found: [DoubledMember] = []
        var levels: [Level] = []
        var index = 0
        while index < bytes.count {
            let start = index
            index += 1
            switch bytes[start] {
            case UInt8(ascii: "{"): levels.append(Level(isObject: true))
            case UInt8(ascii: "["): levels.append(Level(isObject: false))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
            case UInt8(ascii: ","): if let top = levels.indices.last { levels[top].expectsName = levels[top].isObject }
            case UInt8(ascii: "\""):
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
                index += 1
                guard let top = levels.indices.last, levels[top].expectsName, index <= bytes.count else { continue }
                // The decoder's own reading of it: the same name can be written with escapes.
                guard let name = try? JSONDecoder().decode(String.self, from: Data(bytes[start..<index])) else { continue }
                levels[top].expectsName = false
                levels[top].last = name
                guard !levels[top].names.insert(name).inserted else { continue }
                found.append(
                    DoubledMember(
                        path: levels.filter(\.isObject).map(\.last).joined(separator: "."),
                        line: bytes[..<start].count { $0 == UInt8(ascii: "\n") } + 1))
            default: break
            }
        }
        return found
    }
}
