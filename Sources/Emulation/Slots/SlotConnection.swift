/// A connection of a slot to its peer: bytes that come and go within a limit, and the slot's own errors.
struct SlotConnection<Failure: SlotFailure>: ~Copyable {
    /// What the peer gets to take a connection, or bytes, in milliseconds.
    private let limit: Int32
    private var connection: TCPConnection

    private init(_ connection: consuming TCPConnection, limit: Int32) {
        self.limit = limit
        self.connection = connection
    }

    /// Connects, until `wake` is raised.
    static func opening(host: String, port: UInt16, limit: Int32, wake: WakeSignal) throws(Failure) -> SlotConnection {
        do throws(VPCDError) {
            return SlotConnection(try TCPConnection.connect(host: host, port: port, limit: limit, wake: wake), limit: limit)
        } catch {
            throw Failure(error)
        }
    }

    /// The next bytes, at least one.
    ///
    /// - Parameter isDue: whether they have to come within the limit; otherwise there is no deadline.
    mutating func receive(isDue: Bool = false) throws(Failure) -> [UInt8] {
        do throws(VPCDError) { return try connection.receive(limit: isDue ? limit : nil) } catch { throw Failure(error) }
    }

    /// Lets time pass, for as long as the peer says nothing; -1 milliseconds for no end.
    ///
    /// - Returns: whether the whole time has passed; otherwise bytes wait to be received.
    func pause(milliseconds: Int32) throws(Failure) -> Bool {
        do throws(VPCDError) { return try connection.pause(milliseconds: milliseconds) } catch { throw Failure(error) }
    }

    /// Sends all bytes.
    mutating func send(_ bytes: [UInt8]) throws(Failure) {
        do throws(VPCDError) { try connection.send(bytes, limit: limit) } catch { throw Failure(error) }
    }
}
