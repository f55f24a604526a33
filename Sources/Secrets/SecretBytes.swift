import Glibc

/// Bytes that must not leak: on a page of their own, locked in memory, kept out of core dumps, wiped at the end.
///
/// A move copies a pointer, never the bytes. The value cannot be copied, interpolated or logged.
@safe public struct SecretBytes: ~Copyable, @unchecked Sendable {
    /// How many bytes one value can hold: one page.
    public static let capacity = 4096

    private let page: UnsafeMutableRawPointer
    /// The number of bytes held, 0 to ``capacity``.
    public private(set) var count = 0

    /// Takes a fresh page.
    ///
    /// - Throws: ``SecretBytesError/memoryUnavailable(_:)`` when `mmap(2)` refuses.
    public init() throws(SecretBytesError) {
        let start = unsafe mmap(nil, Self.capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let start = unsafe start, unsafe start != MAP_FAILED else { throw .memoryUnavailable(errno) }
        unsafe page = start
        // Locking fails quietly where RLIMIT_MEMLOCK is spent: the bytes are still wiped and still out of dumps.
        _ = unsafe (mlock(start, Self.capacity), madvise(start, Self.capacity, MADV_DONTDUMP))
    }

    /// Copies `bytes` to a page of their own; the caller's copy is the caller's to wipe.
    ///
    /// (Not an initializer: Swift 6.3 runs `deinit` on the unmade value when a delegating one throws.)
    ///
    /// - Throws: ``SecretBytesError``, when there are more than ``capacity`` or memory is refused.
    public static func copying(_ bytes: some Sequence<UInt8>) throws(SecretBytesError) -> SecretBytes {
        var fresh = try SecretBytes()
        try fresh.append(contentsOf: bytes)
        return fresh
    }

    /// Adds one byte at the end.
    ///
    /// - Throws: ``SecretBytesError/full`` beyond ``capacity``; what was there stays.
    public mutating func append(_ byte: UInt8) throws(SecretBytesError) {
        guard count < Self.capacity else { throw .full }
        unsafe page.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: ``SecretBytesError/full`` beyond ``capacity``.
    public mutating func append(contentsOf bytes: some Sequence<UInt8>) throws(SecretBytesError) {
        for byte in bytes { try append(byte) }
    }

    /// Adds the bytes of another secret, page to page.
    ///
    /// - Throws: ``SecretBytesError/full`` beyond ``capacity``.
    public mutating func append(_ other: borrowing SecretBytes) throws(SecretBytesError) {
        guard other.count <= Self.capacity - count else { throw .full }
        unsafe (page + count).copyMemory(from: other.page, byteCount: other.count)
        count += other.count
    }

    /// Takes the last byte away and wipes it; `nil` when there is none.
    @discardableResult
    public mutating func removeLast() -> UInt8? {
        guard count > 0 else { return nil }
        count -= 1
        let byte = unsafe page.load(fromByteOffset: count, as: UInt8.self)
        unsafe page.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
        return byte
    }

    /// Forgets all bytes and wipes the page.
    public mutating func removeAll() {
        unsafe explicit_bzero(page, Self.capacity)
        count = 0
    }

    /// Lends the bytes to `body`, and to nobody else.
    public func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: page, count: count).bytes)
    }

    deinit {
        unsafe explicit_bzero(page, Self.capacity)
        unsafe munmap(page, Self.capacity)
    }
}

/// Why a ``SecretBytes`` could not be made or filled.
public enum SecretBytesError: Error, Equatable, Sendable {
    /// `mmap(2)` refused a page; the value is `errno`.
    case memoryUnavailable(Int32)
    /// More than ``SecretBytes/capacity`` bytes.
    case full
}
