import Foundation
import Glibc

/// All that a process can read of its own memory, as root reads it; proc(5), `smaps` and `mem`.
///
/// More than a core dump holds: also what the process has asked to be kept out of dumps.
struct MemoryImage {
    /// Where something was found.
    struct Place: Hashable, CustomStringConvertible {
        let form: String
        let address: UInt64
        let mapping: String
        /// Whether the page is left out of dumps (`MADV_DONTDUMP`).
        let isKeptOutOfDumps: Bool
        /// Whether the page stays in memory (`mlock(2)`).
        let isLocked: Bool

        var description: String {
            let marks = (isKeptOutOfDumps ? ", kept out of dumps" : "") + (isLocked ? ", locked" : "")
            return "\(form) at \(String(address, radix: 16)) in \(mapping)\(marks)"
        }
    }

    private struct Mapping {
        var range: Range<UInt64>
        var name: String
        var flags: Set<Substring> = []
    }

    /// What is read at once.
    private static let piece = 4 << 20
    private static let page = 4096

    private(set) var places: [Place] = []

    /// Looks for all forms while the process stands still.
    init(of process: Int32, searchedFor forms: [Canary.Form]) throws {
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        let memory = open("/proc/\(process)/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw POSIXError(.EACCES) }
        defer { close(memory) }
        let overlap = forms.map(\.bytes.count).max() ?? 0
        var buffer = [UInt8](repeating: 0, count: Self.piece + overlap)
        for mapping in try Self.mappings(of: process) {
            var start = mapping.range.lowerBound
            while start < mapping.range.upperBound {
                let wanted = min(UInt64(buffer.count), mapping.range.upperBound - start)
                let count = pread(memory, &buffer, Int(wanted), off_t(truncatingIfNeeded: start))
                guard count > 0 else {
                    // Behind the end of a file there is nothing to read.
                    start += UInt64(Self.page)
                    continue
                }
                let part = buffer.prefix(count)
                for form in forms {
                    places += Self.offsets(of: form.bytes, in: part).map {
                        Place(
                            form: form.name, address: start + UInt64($0), mapping: mapping.name,
                            isKeptOutOfDumps: mapping.flags.contains("dd"), isLocked: mapping.flags.contains("lo"))
                    }
                }
                let isLast = start + UInt64(count) >= mapping.range.upperBound
                let step = isLast || count <= overlap ? count : count - overlap
                start += UInt64(step)
            }
        }
        places = Array(Set(places)).sorted { $0.address < $1.address }
    }

    /// The mappings that can be read, each with its flags.
    private static func mappings(of process: Int32) throws -> [Mapping] {
        var mappings: [Mapping] = []
        for line in String(decoding: try bytes(of: "/proc/\(process)/smaps"), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("VmFlags:"), !mappings.isEmpty {
                mappings[mappings.count - 1].flags = Set(words.dropFirst())
                continue
            }
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard ends.count == 2, words.count >= 5 else { continue }
            mappings.append(Mapping(range: ends[0]..<ends[1], name: words.count > 5 ? String(words[5]) : "memory", flags: []))
        }
        // The kernel's own pages for the clock cannot be read through here.
        return mappings.filter { $0.flags.contains("rd") && !$0.name.hasPrefix("[v") }
    }

    /// A file of proc(5), to its end: it has no size, and is given in pieces.
    private static func bytes(of name: String) throws -> [UInt8] {
        let file = open(name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw POSIXError(.EACCES) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer.prefix(count)
        }
    }

    /// Where a pattern is, found by a byte of it that is none of those of which pages are full.
    private static func offsets(of pattern: [UInt8], in part: ArraySlice<UInt8>) -> [Int] {
        guard let anchor = pattern.firstIndex(where: { $0 > 2 && $0 < 0xFF }) ?? pattern.indices.first else { return [] }
        return part.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return [] }
            var offsets: [Int] = []
            var start = anchor
            let end = bytes.count - (pattern.count - anchor)
            while start <= end, let found = memchr(base + start, Int32(pattern[anchor]), end - start + 1) {
                let offset = UnsafeRawPointer(found) - base - anchor
                if memcmp(base + offset, pattern, pattern.count) == 0 { offsets.append(offset) }
                start = offset + anchor + 1
            }
            return offsets
        }
    }
}

extension Canary {
    /// All that a PIN of digits could look like in memory: ``forms``, and the blocks that cards take.
    var formsInMemory: [Form] {
        guard let digits = text, digits.allSatisfy(\.isNumber) else { return forms }
        let nibbles = digits.compactMap(\.wholeNumberValue).map(UInt8.init)
        func packed(_ nibbles: [UInt8], filler: UInt8, to length: Int) -> [UInt8] {
            let all = nibbles + Array(repeating: filler, count: max(0, length * 2 - nibbles.count))
            return stride(from: 0, to: all.count - 1, by: 2).map { all[$0] << 4 | all[$0 + 1] }
        }
        let length = max(8, nibbles.count / 2 + 4)
        return forms + [
            // ISO 9564-1, format 2: the control nibble, the length, the digits, filled with F.
            Form(name: "ISO 9564 format 2", bytes: packed([2, UInt8(nibbles.count)] + nibbles, filler: 0xF, to: 8)),
            Form(name: "packed digits and FF", bytes: packed(nibbles, filler: 0xF, to: length)),
            Form(name: "packed digits and 00", bytes: packed(nibbles, filler: 0, to: length)),
            Form(name: "one number a byte", bytes: nibbles),
            Form(name: "UTF-32LE", bytes: digits.unicodeScalars.flatMap { [UInt8($0.value), 0, 0, 0] }),
        ]
    }
}
