public import ISO7816

/// What became of one command at an emulated card, seen from the card: for tests that compare it with what a driver says.
///
/// Data are left out, because they may be a PIN.
public struct CommandRecord: Hashable, Sendable {
    /// Counted from 1, from the insertion on.
    public let number: Int
    /// CLA, INS, P1 and P2; fewer when fewer arrived.
    public let header: [UInt8]
    /// The number of bytes behind the header: lengths and data.
    public let bodyLength: Int
    /// Whether the card has begun to run it.
    public let hasRun: Bool
    /// How many writes of lasting memory it has made.
    public let writes: Int
    /// What the card said to it, whatever the host was told; `nil` when it did not run to its end.
    public let status: StatusWord?
    /// What the host was told: the last two bytes that it got, a status word or not; `nil` for fewer, and for none.
    ///
    /// Whether an answer that is delayed comes before the host's deadline is not known here.
    public let told: StatusWord?
    /// What went wrong with it, on purpose.
    public let faults: [Fault]
}
