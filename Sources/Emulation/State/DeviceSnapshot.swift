import DeviceProtocol

/// All that a Token was at one moment: what a copy of it has to know.
public struct TokenSnapshot: Sendable {
    let state: TokenState
}

/// All that a Scan or phone was at one moment; what its display showed is no part of it.
public struct HandheldSnapshot: Sendable {
    let state: HandheldState
}

extension EmulatedToken {
    /// A copy of what it is now, clock and battery included.
    public var snapshot: TokenSnapshot { TokenSnapshot(state: contents) }

    /// Makes it what the copy was.
    ///
    /// - Throws: ``DeviceStateError``: the copy is another Token's, or its file cannot be written.
    public func restore(_ snapshot: TokenSnapshot) throws(DeviceStateError) {
        guard snapshot.state.serial == descriptor.id else { throw .otherDevice }
        try replace(with: snapshot.state)
    }
}

extension EmulatedScan {
    /// A copy of what it knows now: enrolment, pairing, and what was spent.
    public var snapshot: HandheldSnapshot { part.snapshot }

    /// Makes it what the copy was; its display shows nothing then.
    ///
    /// - Throws: ``DeviceStateError``: the copy is another device's, or its file cannot be written.
    public func restore(_ snapshot: HandheldSnapshot) throws(DeviceStateError) { try part.restore(snapshot) }
}

extension EmulatedMobile {
    /// A copy of what it knows now: enrolment, pairing, what was spent, and how its key is kept.
    public var snapshot: HandheldSnapshot { part.snapshot }

    /// Makes it what the copy was; its display shows nothing then.
    ///
    /// - Throws: ``DeviceStateError``: the copy is another device's, or its file cannot be written.
    public func restore(_ snapshot: HandheldSnapshot) throws(DeviceStateError) { try part.restore(snapshot) }
}
