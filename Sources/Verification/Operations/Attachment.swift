public import Foundation

/// How an operation waits for an attached device; it is stored, so that it survives a restart.
public struct Attachment: Hashable, Sendable {
    /// Who asked for it: those who wait for the same device take turns, and are told who is ahead.
    public let caller: String
    /// Whose device it waits for: the node that took the request, by the name that it keeps over a restart.
    public let node: String
    /// How long the caller may be silent before the device is freed, in seconds.
    public let lease: Int
    /// Who runs the device; `nil` before it is to do what must not be repeated.
    public internal(set) var claim: Claim?

    /// What a caller asks for.
    ///
    /// - Parameter lease: 1 to 86,400 s, as long as an operation can be answered at most; what is outside becomes the nearest of them.
    public init(caller: String, node: String, lease: Int, claim: Claim? = nil) {
        self.caller = caller
        self.node = node
        self.lease = min(max(lease, 1), 86_400)
        self.claim = claim
    }
}

/// The node that runs a device for an operation, and until when others leave it alone.
public struct Claim: Hashable, Sendable {
    /// Which node, by the name that it keeps over a restart.
    public let node: String
    /// From when on nobody can tell any more what became of it.
    public let endsAt: Date

    /// A claim.
    public init(node: String, endsAt: Date) {
        self.node = node
        self.endsAt = endsAt
    }

    /// Whether the one who claimed is gone: it is `node` itself, which has only just started, or its time is over.
    public func hasLapsed(at now: Date, for node: String) -> Bool { self.node == node || now >= endsAt }
}
