import Foundation
import Glibc
import TestSupport

/// All that a process has in memory beside what is so in its files, as root reads it; proc(5), `smaps`, `pagemap` and `mem`.
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
        let range: Range<UInt64>
        let name: String
        let isShared: Bool
        var flags: Set<Substring> = []
    }

    /// Pages that stand beside each other.
    private struct Piece {
        let mapping: Mapping
        let address: UInt64
        let bytes: [UInt8]
    }

    private static let page = UInt64(getpagesize())

    private let pieces: [Piece]

    /// Copies the memory while the process stands still, which is as long as that takes and no longer.
    init(of process: Int32) async throws {
        pieces = try await blocking { try Self.copy(of: process) }
    }

    /// Looks for all that the canaries could look like.
    func places(of canaries: [Canary]) async throws -> [Place] {
        try await blocking { [pieces] in
            let forms = canaries.flatMap(\.formsInMemory)
            var places: Set<Place> = []
            for piece in pieces {
                for form in forms {
                    for offset in Self.offsets(of: form.bytes, in: piece.bytes) {
                        places.insert(
                            Place(
                                form: form.name, address: piece.address + UInt64(offset), mapping: piece.mapping.name,
                                isKeptOutOfDumps: piece.mapping.flags.contains("dd"), isLocked: piece.mapping.flags.contains("lo")))
                    }
                }
            }
            return places.sorted { $0.address < $1.address }
        }
    }

    private static func copy(of process: Int32) throws -> [Piece] {
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        let memory = try opened("/proc/\(process)/mem")
        defer { close(memory) }
        let table = try opened("/proc/\(process)/pagemap")
        defer { close(table) }
        var pieces: [Piece] = []
        for mapping in try mappings(of: process) {
            for range in try mapping.isShared ? [mapping.range] : ownPages(in: mapping.range, by: table) {
                var start = range.lowerBound
                while start < range.upperBound {
                    let read = bytes(of: memory, from: start, Int(range.upperBound - start))
                    if !read.isEmpty { pieces.append(Piece(mapping: mapping, address: start, bytes: read)) }
                    // Behind the end of a file there is nothing to read.
                    start += read.isEmpty ? page : UInt64(read.count)
                }
            }
        }
        return pieces
    }

    /// The pages of a private mapping that are there (bits 63 and 62 of their entries) and not as they are in its file (61).
    private static func ownPages(in range: Range<UInt64>, by table: Int32) throws -> [Range<UInt64>] {
        let (first, count) = (range.lowerBound / page, Int((range.upperBound - range.lowerBound) / page))
        let entries = bytes(of: table, from: first * 8, count * 8).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
        guard entries.count == count else { throw POSIXError(.EIO) }
        var ranges: [Range<UInt64>] = []
        for (number, entry) in zip(first..., entries) where entry >> 62 != 0 && entry >> 61 & 1 == 0 {
            let pages = number * page..<(number + 1) * page
            if let last = ranges.last, last.upperBound == pages.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<pages.upperBound
            } else {
                ranges.append(pages)
            }
        }
        return ranges
    }

    /// The mappings that can be read, each with its flags.
    private static func mappings(of process: Int32) throws -> [Mapping] {
        var mappings: [Mapping] = []
        for line in String(decoding: try bytes(of: "/proc/\(process)/smaps"), as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("VmFlags:"), !mappings.isEmpty {
                mappings[mappings.count - 1].flags = Set(line.split(separator: " ").dropFirst())
            }
            // All other lines about a mapping begin with a capital letter, and its own with an address.
            guard line.utf8.first.map({ $0 > UInt8(ascii: "Z") || $0 < UInt8(ascii: "A") }) == true else { continue }
            let words = line.split(separator: " ")
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard ends.count == 2, words.count >= 5 else { continue }
            mappings.append(
                Mapping(
                    range: ends[0]..<ends[1], name: words.count > 5 ? String(words[5]) : "memory", isShared: words[1].hasSuffix("s")))
        }
        // The kernel's own pages for the clock cannot be read through here.
        return mappings.filter { $0.flags.contains("rd") && !$0.name.hasPrefix("[v") }
    }

    private static func opened(_ name: String) throws -> Int32 {
        let file = open(name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw POSIXError(.EACCES) }
        return file
    }

    /// What a file has at a place, at most `count` bytes; nothing where it cannot be read.
    private static func bytes(of file: Int32, from start: UInt64, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(file, buffer.baseAddress, count, off_t(truncatingIfNeeded: start)))
        }
    }

    /// A file of proc(5), to its end: it has no size, and is given in pieces.
    private static func bytes(of name: String) throws -> [UInt8] {
        let file = try opened(name)
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
    private static func offsets(of pattern: [UInt8], in piece: [UInt8]) -> [Int] {
        guard let anchor = pattern.firstIndex(where: { $0 > 2 && $0 < 0xFF }) ?? pattern.indices.first else { return [] }
        return piece.withUnsafeBytes { bytes in
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
