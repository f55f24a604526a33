import CardApplications
import Foundation
import Glibc
import ISO7816
import Testing

struct FileObjectCacheTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-cache-\(UUID())/certificates")
    private var cache: FileObjectCache { FileObjectCache(folder: folder) }
    private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    private static func object(_ seed: UInt8) -> [UInt8] { (0..<900).map { UInt8(truncatingIfNeeded: $0) ^ seed } }

    private func withFolder(_ body: () throws -> Void) rethrows {
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        try body()
    }

    @Test func `what was kept is found by its beginning`() {
        withFolder {
            cache.keep(Self.object(1))
            cache.keep(Self.object(2))
            #expect(cache.object(beginning: Array(Self.object(1).prefix(256))) == Self.object(1))
            #expect(cache.object(beginning: Array(Self.object(2).prefix(ObjectMark.length))) == Self.object(2))
            #expect(cache.object(beginning: Array(Self.object(3).prefix(256))) == nil)
        }
    }

    @Test func `a beginning that is too short to tell certificates apart finds nothing`() {
        withFolder {
            cache.keep(Self.object(1))
            #expect(cache.object(beginning: Array(Self.object(1).prefix(ObjectMark.length - 1))) == nil)
            cache.keep(Array(Self.object(2).prefix(ObjectMark.length - 1)))
            #expect(files.count == 1)
        }
    }

    @Test func `a certificate that changed on the card is read anew, and the stale one is dropped`() {
        withFolder {
            cache.keep(Self.object(1))
            var renewed = Array(Self.object(1).prefix(256))
            renewed[200] ^= 0xFF
            #expect(cache.object(beginning: renewed) == nil)
            #expect(files.isEmpty)
        }
    }

    @Test(arguments: [0, 31, 40, 500, 931])
    func `an entry of which one bit was changed is found and dropped`(position: Int) throws {
        try withFolder {
            cache.keep(Self.object(1))
            let file = folder.appending(path: try #require(files.first))
            var content = [UInt8](try Data(contentsOf: file))
            content[position] ^= 0x01
            try Data(content).write(to: file)
            #expect(cache.object(beginning: Array(Self.object(1).prefix(256))) == nil)
            #expect(files.isEmpty)
        }
    }

    @Test(arguments: [0, 16, 32, 400, 40000])
    func `an entry that was cut off or grew is dropped`(length: Int) throws {
        try withFolder {
            cache.keep(Self.object(1))
            let file = folder.appending(path: try #require(files.first))
            var content = [UInt8](try Data(contentsOf: file))
            content = Array((content + [UInt8](repeating: 0, count: 40000)).prefix(length))
            try Data(content).write(to: file)
            #expect(cache.object(beginning: Array(Self.object(1).prefix(256))) == nil)
            #expect(files.isEmpty)
        }
    }

    @Test func `nobody else can read the folder or its files`() throws {
        try withFolder {
            cache.keep(Self.object(1))
            func mode(_ path: String) -> Int? {
                (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
            }
            let file = try #require(files.first)
            #expect(mode(folder.path) == 0o700)
            #expect(mode(folder.appending(path: file).path) == 0o600)
        }
    }

    @Test func `old entries make room for new ones`() {
        withFolder {
            for number in 0..<80 {
                var object = Self.object(9)
                object[0] = UInt8(number)
                cache.keep(object)
            }
            #expect(files.count == 64)
        }
    }

    @Test func `a folder that cannot be made keeps nothing and breaks nothing`() {
        let cache = FileObjectCache(folder: URL(filePath: "/dev/null/certificates"))
        cache.keep(Self.object(1))
        #expect(cache.object(beginning: Self.object(1)) == nil)
        cache.forgetAll()
    }

    @Test func `what is forgotten is gone`() {
        withFolder {
            for seed: UInt8 in 1...3 { cache.keep(Self.object(seed)) }
            cache.forgetAll()
            #expect(files.isEmpty)
        }
    }

    @Test func `certificates that differ only behind the first 128 bytes are not mistaken for each other`() {
        withFolder {
            var other = Self.object(1)
            other[150] ^= 0xFF
            cache.keep(Self.object(1))
            cache.keep(other)
            #expect(files.count == 2)
            #expect(cache.object(beginning: Array(other.prefix(ObjectMark.length))) == other)
            #expect(cache.object(beginning: Array(Self.object(1).prefix(ObjectMark.length))) == Self.object(1))
            #expect(cache.object(beginning: Array(other.prefix(ObjectMark.length - 1))) == nil)
        }
    }

    /// Puts something in the place of the one entry, and returns its path.
    private func replaced(_ body: (String) throws -> Void) throws -> String {
        cache.keep(Self.object(1))
        let file = folder.appending(path: try #require(files.first)).path
        try FileManager.default.moveItem(atPath: file, toPath: folder.path + ".moved")
        try body(file)
        return file
    }

    @Test(.timeLimit(.minutes(5))) func `a pipe in the place of an entry is neither waited for nor touched`() throws {
        try withFolder {
            let file = try replaced { #expect(mkfifo($0, 0o600) == 0) }
            #expect(cache.object(beginning: Self.object(1)) == nil)
            cache.keep(Self.object(1))
            cache.forgetAll()
            #expect(FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func `a link in the place of an entry is not followed, even to what was kept`() throws {
        try withFolder {
            let target = folder.path + ".moved"
            let file = try replaced { try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: target) }
            #expect(cache.object(beginning: Self.object(1)) == nil)
            let before = try Data(contentsOf: URL(filePath: target))
            cache.keep(Self.object(1))
            cache.forgetAll()
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file) == target)
            #expect(try Data(contentsOf: URL(filePath: target)) == before)
        }
    }

    @Test(arguments: [0o777, 0o720, 0o702]) func `a folder that others may write to is not used`(mode: Int) throws {
        try withFolder {
            cache.keep(Self.object(1))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path)
            #expect(cache.object(beginning: Self.object(1)) == nil)
            cache.keep(Self.object(2))
            cache.forgetAll()
            #expect(files.count == 1)
        }
    }

    @Test func `a folder that others may read is closed to them`() throws {
        try withFolder {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
            cache.keep(Self.object(1))
            #expect(files.count == 1)
            #expect((try FileManager.default.attributesOfItem(atPath: folder.path))[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test func `a link in the place of the folder is not used`() throws {
        try withFolder {
            cache.keep(Self.object(1))
            let target = folder.path + ".moved"
            try FileManager.default.moveItem(atPath: folder.path, toPath: target)
            try FileManager.default.createSymbolicLink(atPath: folder.path, withDestinationPath: target)
            #expect(cache.object(beginning: Self.object(1)) == nil)
            cache.keep(Self.object(2))
            cache.forgetAll()
            #expect(try FileManager.default.contentsOfDirectory(atPath: target).count == 1)
        }
    }

    @Test func `other people's files are neither forgotten nor pruned`() throws {
        try withFolder {
            cache.keep(Self.object(1))
            let others = [
                "letter.txt", String(repeating: "g", count: 64), String(repeating: "a", count: 63), String(repeating: "A", count: 64),
            ]
            for name in others { try Data([1]).write(to: folder.appending(path: name)) }
            let inner = folder.appending(path: String(repeating: "b", count: 64))
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
            for number in 0..<70 {
                var object = Self.object(9)
                object[0] = UInt8(number)
                cache.keep(object)
            }
            #expect(files.count == 64 + others.count + 1)
            cache.forgetAll()
            #expect(Set(files) == Set(others + [inner.lastPathComponent]))
        }
    }

    @Test func `the usual folder follows the environment`() {
        #expect(FileObjectCache(environment: [:]) == nil)
        #expect(FileObjectCache(environment: ["HOME": "relative"]) == nil)
        #expect(FileObjectCache(environment: ["HOME": "/home/test"]) != nil)
    }
}
