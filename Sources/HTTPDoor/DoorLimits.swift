/// How much one caller may ask of a door, and for how long.
///
/// Each bounds what a slow or flooding client takes from the others.
public struct DoorLimits: Sendable {
    /// Bytes of a request's body, where no ``BodyRule`` says otherwise.
    public var bodySize = 1 << 20
    /// Bytes of all bodies of one caller that are held at the same moment, but for the first 16 KiB of each.
    public var bodiesSize = 64 << 20
    /// Bytes of a request's first line and header fields together.
    public var headerSize = 16 << 10
    /// Header fields of a request.
    public var headerCount = 64
    /// From the opening of a connection, or from the first byte of a later request, to the end of the header fields.
    public var headerTime = Duration.seconds(10)
    /// From the end of the header fields to the end of the body.
    public var bodyTime = Duration.seconds(30)
    /// From an answer to the next request on the same connection.
    public var idleTime = Duration.seconds(120)
    /// How long a client may not take what is written to it.
    public var stallTime = Duration.seconds(30)
    /// Connections in all.
    public var connections = 16_384
    /// Connections of one peer: a user ID, or an address.
    public var connectionsPerPeer = 12_288
    /// Requests that one caller has being answered at the same moment.
    public var requests = 256
    /// Requests of one caller that wait for something to happen: long polls and event streams.
    public var waitingRequests = 2_048
    /// How long requests in flight may go on once the door is being closed.
    public var closingTime = Duration.seconds(10)

    /// The limits that hold unless a bank sets others.
    public init() {}
}

/// What a route takes as its body, where that is not JSON, or more of it.
public struct BodyRule: Sendable {
    let path: String
    let types: Set<String>
    let size: Int?

    /// A rule for a path as it was given to the router: `/v1/emulators/:id/look`.
    ///
    /// - Parameters:
    ///   - types: media types without parameters, in lower case; they replace `application/json`.
    ///   - size: the most bytes; ``DoorLimits/bodySize`` unless given.
    public init(_ path: String, takes types: Set<String> = ["application/json"], upTo size: Int? = nil) {
        self.path = path
        self.types = types
        self.size = size
    }
}
