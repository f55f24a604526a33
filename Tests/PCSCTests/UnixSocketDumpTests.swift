import CPCSC
import Glibc
import Testing

/// What the kernel says of sockets (sock_diag(7)), and what only looks like it.
struct UnixSocketDumpTests {
    private static let done: UInt16 = 3
    private static let diagnosis: UInt16 = 20

    /// A netlink header, and a unix_diag_msg of that inode, filled up to `length`.
    private static func message(_ type: UInt16, inode: UInt32, length: Int = 32) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
        let header = bytes(UInt32(length)) + bytes(type) + bytes(UInt16(0)) + bytes(UInt32(0)) + bytes(UInt32(0))
        let whole = header + [1, 1, 1, 0] + bytes(inode) + bytes(UInt64(0))
        return whole + [UInt8](repeating: 0, count: length - whole.count)
    }

    private static func parse(_ bytes: [UInt8], length: Int) -> (state: Int32, inodes: [UInt32]) {
        var sockets = [cpcsc_unix_socket](repeating: cpcsc_unix_socket(), count: 8)
        var count: Int32 = 0
        let state = bytes.withUnsafeBytes { cpcsc_parse_sockets($0.baseAddress, Int32(length), &sockets, 8, &count) }
        return (state, sockets.prefix(Int(count)).map(\.inode))
    }

    @Test func `each socket is told, and the end of the list`() {
        let two = Self.message(Self.diagnosis, inode: 5) + Self.message(Self.diagnosis, inode: 6)
        #expect(Self.parse(two, length: two.count) == (0, [5, 6]))
        let all = two + Self.message(Self.done, inode: 0)
        #expect(Self.parse(all, length: all.count) == (1, [5, 6]))
    }

    @Test func `nothing is read behind a last message that is not aligned`() {
        let last = Self.message(Self.diagnosis, inode: 5, length: 33)
        let behind = last + [0, 0, 0] + Self.message(Self.diagnosis, inode: 6) + Self.message(Self.done, inode: 0)
        #expect(Self.parse(behind, length: last.count) == (0, [5]))
    }

    @Test func `what another program writes is not the kernel's word`() {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
        let forged = Self.message(Self.diagnosis, inode: 5) + Self.message(Self.done, inode: 0)
        #expect(send(ends[1], forged, forged.count, 0) == forged.count)
        var limit = timeval(tv_sec: 0, tv_usec: 100_000)
        #expect(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size)) == 0)
        var sockets = [cpcsc_unix_socket](repeating: cpcsc_unix_socket(), count: 8)
        #expect(cpcsc_receive_sockets(ends[0], &sockets, 8, 1000) == -1)
        for end in ends { close(end) }
    }
}
