/// A connection of a slot to its peer: bytes that come and go within a limit, and the slot's own errors.
struct SlotConnection<Failure: SlotFailure>: ~Copyable {
    /// What the peer gets to take a connection, or bytes, in milliseconds.
    static var limit: Int32 { 5000 }

    private var connection: TCPConnection
    private let wake: WakeSignal

    private init(_ connection: consuming TCPConnection, _ wake: WakeSignal) {
        self.connection = connection
        self.wake = wake
    }

    /// Connects, until `wake` is raised.
    static func opening(host: String, port: UInt16, wake: WakeSignal) throws(Failure) -> SlotConnection {
        do throws(VPCDError) {
            return SlotConnection(try TCPConnection.connect(host: host, port: port, limit: limit, wake: wake), wake)
        } catch {
            throw Failure(error)
        }
    }

    /// The next bytes, at least one.
    ///
    /// - Parameter limit: in milliseconds; -1, without a deadline.
    mutating func receive(limit: Int32 = -1) throws(Failure) -> [UInt8] {
        do throws(VPCDError) { return try connection.receive(limit: limit, wake: wake) } catch { throw Failure(error) }
    }

    /// Sends all bytes.
    func send(_ bytes: [UInt8]) throws(Failure) {
        do throws(VPCDError) { try connection.send(bytes, limit: Self.limit, wake: wake) } catch { throw Failure(error) }
    }
}
