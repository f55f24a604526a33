import Glibc

extension DoorPlace {
    /// Looks whether a door could be opened here now, and leaves everything as it is.
    ///
    /// A port is bound for a moment, and nobody is let in meanwhile. Certificates and tokens are not looked at.
    ///
    /// - Throws: ``DoorError``, as the door itself would.
    public func look() throws(DoorError) {
        switch self {
        case .unix(let place): try SocketPlace.look(at: place.path)
        case .loopback(let place): try Self.bind("127.0.0.1", place.port)
        case .tls(let place): try Self.bind(place.address, place.port)
        }
    }

    private static func bind(_ address: String, _ port: Int) throws(DoorError) {
        var wanted = unsafe addrinfo()
        unsafe wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        unsafe wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let place = DoorAddress.tcp(address, port).description
        guard unsafe getaddrinfo(address, "\(port)", &wanted, &found) == 0, let first = unsafe found else {
            throw .cannotListen(place, why: "\"\(address)\" is no address")
        }
        defer { unsafe freeaddrinfo(first) }
        let entry = unsafe first.pointee
        let listener = unsafe socket(entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), entry.ai_protocol)
        guard listener >= 0 else { throw .cannotListen(place, why: unsafe String(cString: strerror(errno))) }
        defer { close(listener) }
        // As the door does it: connections that have ended there are no hindrance.
        var yes: Int32 = 1
        _ = unsafe setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard unsafe Glibc.bind(listener, entry.ai_addr, entry.ai_addrlen) == 0 else {
            throw .cannotListen(place, why: unsafe String(cString: strerror(errno)))
        }
    }
}
