/// How an operation waits for an attached device; it is stored, so that it survives a restart.
public struct Attachment: Hashable, Sendable {
    /// Who asked for it: those who wait for the same device take turns, and are told who is ahead.
    public let caller: String
    /// For whom the caller asked, in their own words; see ``Requester``.
    public let clerk: String?
    /// Whose device it waits for: the node that took the request, by the name that it keeps over a restart.
    public let node: String
    /// How long the caller may be silent before the device is freed, in seconds.
    public let lease: Int
    /// Who runs the device; `nil` before it is to do what must not be repeated.
    public internal(set) var claim: Claim?

    /// What a caller asks for.
    ///
    /// - Parameter lease: 1 to 86,400 s, as long as an operation can be answered at most; what is outside becomes the nearest of them.
    public init(caller: String, clerk: String? = nil, node: String, lease: Int, claim: Claim? = nil) {
        self.caller = caller
        self.clerk = clerk
        self.node = node
        self.lease = min(max(lease, 1), 86_400)
        self.claim = claim
    }
}

/// The node that runs a device for an operation, and for how long others leave it alone.
///
/// A length and no time of day: whoever counts it, counts on a clock of its own that nobody sets, the node from before it claimed, others
/// from when they first saw the claim. So the node is done first, whatever anybody's time of day does.
public struct Claim: Hashable, Sendable {
    /// Which node, by the name that it keeps over a restart.
    public let node: String
    /// After how many seconds nobody can tell any more what became of it.
    public let seconds: Int

    /// A claim.
    ///
    /// - Parameter seconds: 1 to 86,400; what is outside becomes the nearest of them.
    public init(node: String, seconds: Int) {
        self.node = node
        self.seconds = min(max(seconds, 1), 86_400)
    }
}
