internal import Glibc

/// A TCP connection that never blocks longer than told, and ends every wait with ``VPCDError/removed`` when its
/// ``WakeSignal`` is raised.
///
/// A thin layer over POSIX sockets: all that is unsafe about them is in this file. Names are the calls of section 2.
struct TCPConnection: ~Copyable {
    private let descriptor: Int32
    private let peer: String
    private let wake: WakeSignal
    /// What arrives is copied out of here: it is never larger than needed, however much arrives.
    private var buffer = [UInt8](repeating: 0, count: 4096)
    /// Whether bytes came after the last that went: those that go carry their acknowledgement.
    private var owesAcknowledgement = false

    private init(descriptor: Int32, peer: String, wake: WakeSignal) {
        self.descriptor = descriptor
        self.peer = peer
        self.wake = wake
    }

    deinit {
        wake.forget(descriptor)
        close(descriptor)
    }

    /// Connects to the first address of `host` that takes the connection.
    ///
    /// - Parameters:
    ///   - limit: for each address, in milliseconds.
    ///   - wake: ends this wait and all later ones.
    static func connect(host: String, port: UInt16, limit: Int32, wake: WakeSignal) throws(VPCDError) -> TCPConnection {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard result == 0 else {
            let reason = unsafe gai_strerror(result).map { unsafe String(cString: $0) } ?? "error \(result)"
            throw .unknownHost(host, reason)
        }
        defer { unsafe freeaddrinfo(list) }
        let peer = "\(host):\(port)"
        var failure = VPCDError.nothingListens(peer)
        var next = unsafe list
        while let address = unsafe next {
            unsafe next = address.pointee.ai_next
            do throws(VPCDError) {
                return try unsafe connect(to: address.pointee, peer: peer, limit: limit, wake: wake)
            } catch .removed {
                throw .removed
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func connect(
        to address: addrinfo, peer: String, limit: Int32, wake: WakeSignal
    ) throws(VPCDError) -> TCPConnection {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = unsafe socket(address.ai_family, flags, address.ai_protocol)
        guard descriptor >= 0 else { throw .system("socket(2)", errno) }
        let connection = TCPConnection(descriptor: descriptor, peer: peer, wake: wake)
        connection.set(TCP_NODELAY)
        if unsafe Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
            guard errno == EINPROGRESS else { throw connectFailure(errno, peer) }
            try connection.wait(for: POLLOUT, limit: limit)
            var number: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) == 0 else { throw .system("getsockopt(2)", errno) }
            guard number == 0 else { throw connectFailure(number, peer) }
        }
        // From here on a wait without a deadline is one call that blocks, not two that do not: `wake` shuts the socket down.
        guard fcntl(descriptor, F_SETFL, 0) == 0 else { throw .system("fcntl(2)", errno) }
        guard wake.shutsDown(descriptor) else { throw .removed }
        return connection
    }

    private static func connectFailure(_ number: Int32, _ peer: String) -> VPCDError {
        switch number {
        case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL: .nothingListens(peer)
        case ETIMEDOUT: .timedOut(peer)
        default: .system("connect(2)", number)
        }
    }

    /// Waits for bytes.
    ///
    /// - Parameter limit: in milliseconds; `nil`, without a deadline, because between presence polls there is nothing to say.
    /// - Returns: at least one byte.
    /// - Throws: ``VPCDError/connectionLost(_:_:)`` when the peer ends.
    mutating func receive(limit: Int32?) throws(VPCDError) -> [UInt8] {
        // The peer sends a length, and holds its body back until that is acknowledged: 40 ms an APDU (Nagle meets delayed ACK).
        // 2 does it now and once, where 1 does it for the body too, whose answer would do (tcp_sock_set_quickack in Linux).
        if owesAcknowledgement { set(TCP_QUICKACK, to: 2) }
        while true {
            if let limit { try wait(for: POLLIN, limit: limit) }
            let count = unsafe recv(descriptor, &buffer, buffer.count, limit == nil ? 0 : Int32(MSG_DONTWAIT))
            if count > 0 {
                owesAcknowledgement = true
                return Array(buffer.prefix(count))
            }
            guard count < 0, errno == EAGAIN || errno == EINTR else { throw ended(count == 0 ? 0 : errno) }
        }
    }

    /// Lets time pass, for as long as the peer says nothing.
    ///
    /// - Parameters:
    ///   - milliseconds: -1, without an end.
    /// - Returns: whether the whole time has passed; otherwise bytes have come, which ``receive(limit:)`` gives.
    /// - Throws: ``VPCDError/connectionLost(_:_:)`` when the peer ends.
    func pause(milliseconds: Int32) throws(VPCDError) -> Bool {
        do throws(VPCDError) {
            try wait(for: POLLIN, limit: milliseconds)
        } catch .timedOut {
            return true
        }
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK))
        if count > 0 { return false }
        throw ended(count == 0 ? 0 : errno)
    }

    /// Sends all bytes, or throws.
    ///
    /// - Parameter limit: for each part that the kernel takes, in milliseconds.
    mutating func send(_ bytes: [UInt8], limit: Int32) throws(VPCDError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 {
                owesAcknowledgement = false
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, limit: limit)
            } else if errno != EINTR {
                throw ended(errno)
            }
        }
    }

    /// Why the connection carries no more bytes.
    private func ended(_ number: Int32) -> VPCDError { wake.isRaised ? .removed : .connectionLost(peer, number) }

    private func set(_ option: Int32, to value: Int32 = 1) {
        var value = value
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private func wait(for event: Int32, limit: Int32) throws(VPCDError) {
        var entries = [
            pollfd(fd: descriptor, events: Int16(event), revents: 0), pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let count = polling(limit) { unsafe poll(&entries, 2, $0) }
        guard count >= 0 else { throw .system("poll(2)", errno) }
        guard count > 0 else { throw .timedOut(peer) }
        guard entries[1].revents == 0 else { throw .removed }
    }
}
