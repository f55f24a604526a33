import ArgumentParser

/// HOST:PORT.
struct Endpoint: ExpressibleByArgument, CustomStringConvertible {
    let host: String
    let port: UInt16

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), colon > argument.startIndex,
            let port = UInt16(argument[argument.index(after: colon)...]), port > 0
        else { return nil }
        let host = argument[..<colon]
        // An IPv6 address stands in brackets (RFC 3986, 3.2.2).
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.init(host: String(isBracketed ? host.dropFirst().dropLast() : host), port: port)
    }

    /// So many endpoints at the ports from this one's on; `nil` where they end before.
    func following(_ count: Int) -> [Endpoint]? {
        guard Int(port) + count - 1 <= Int(UInt16.max) else { return nil }
        return (0..<count).map { Endpoint(host: host, port: port + UInt16($0)) }
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var defaultValueDescription: String { description }
}
