import Glibc
import Secrets
import Testing

/// The page under a secret: what is taken away is wiped where it lay, and swap space and dumps have none of it.
@Suite struct SecretPageTests {
    /// Whether this process may lock far more pages than other tests can take from it meanwhile.
    static let mayLock: Bool = {
        let size = 64 * SecretBytes.capacity
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED else {
            return false
        }
        defer { munmap(start, size) }
        return mlock(start, size) == 0
    }()

    /// Where the bytes lie.
    private func start(of secret: borrowing SecretBytes) throws -> UnsafeRawPointer {
        let address = secret.withBytes { bytes in bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
        return try #require(UnsafeRawPointer(bitPattern: address))
    }

    /// What lies in a page that is there still.
    private func bytes(at start: UnsafeRawPointer, _ count: Int) -> [UInt8] { Array(UnsafeRawBufferPointer(start: start, count: count)) }

    /// All of proc(5), `smaps`: it has no size, and is given in pieces.
    private func mappings() throws -> String {
        let file = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC)
        try #require(file >= 0)
        defer { close(file) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer.prefix(count)
        }
    }

    /// What the kernel says of the page at an address (`VmFlags`).
    private func flags(at address: UnsafeRawPointer) throws -> Set<Substring> {
        var isThere = false
        for line in try mappings().split(separator: "\n") {
            let words = line.split(separator: " ")
            if isThere, line.hasPrefix("VmFlags:") { return Set(words.dropFirst()) }
            let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2, words.count >= 5 { isThere = ends[0] <= UInt(bitPattern: address) && UInt(bitPattern: address) < ends[1] }
        }
        return []
    }

    @Test func `forgetting wipes the whole page`() throws {
        var secret = try SecretBytes.copying(repeatElement(9, count: SecretBytes.capacity))
        let page = try start(of: secret)
        let before = bytes(at: page, SecretBytes.capacity)
        secret.removeAll()
        let after = bytes(at: page, SecretBytes.capacity)
        // What is read above is there because the secret is, down to here.
        #expect(secret.count == 0)
        #expect(before.allSatisfy { $0 == 9 } && before.count == SecretBytes.capacity)
        #expect(after.allSatisfy { $0 == 0 } && after.count == SecretBytes.capacity)
    }

    @Test func `a byte that is taken back is wiped`() throws {
        var secret = try SecretBytes.copying([1, 2])
        let page = try start(of: secret)
        let before = bytes(at: page, 2)
        secret.removeLast()
        let after = bytes(at: page, 2)
        #expect(secret.count == 1)
        #expect(before == [1, 2])
        #expect(after == [1, 0])
    }

    @Test func `a secret is left out of dumps`() throws {
        let secret = try SecretBytes.copying([1])
        let flags = try flags(at: start(of: secret))
        #expect(secret.count == 1)
        #expect(flags.contains("dd"), "\(flags)")
    }

    @Test(.enabled(if: SecretPageTests.mayLock, "RLIMIT_MEMLOCK leaves no room"))
    func `a secret is locked in memory`() throws {
        let secret = try SecretBytes.copying([1])
        let flags = try flags(at: start(of: secret))
        #expect(secret.count == 1)
        #expect(flags.contains("lo"), "\(flags)")
    }
}
