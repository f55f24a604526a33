/// Where a challenge stands in the order of an issuer's challenges to one device.
///
/// The device refuses what is not later than what it has spent, and so needs no clock. The epoch rises when the issuer's
/// database was restored, so that challenges after the backup are not repeated.
public struct ScanSequence: Hashable, Sendable {
    /// The number of bytes on the wire.
    public static let byteCount = 6

    /// How often the issuer began anew.
    public let epoch: UInt16
    /// The number of the challenge in this epoch.
    public let counter: UInt32

    /// A place in the order.
    public init(epoch: UInt16, counter: UInt32) {
        self.epoch = epoch
        self.counter = counter
    }

    /// The place after this one, in the next epoch when the counter is spent; `nil` after the very last.
    public func next() -> ScanSequence? {
        if counter < .max { return ScanSequence(epoch: epoch, counter: counter + 1) }
        return epoch < .max ? ScanSequence(epoch: epoch + 1, counter: 0) : nil
    }

    /// Epoch and counter, most significant byte first: 6 bytes.
    public var bytes: [UInt8] {
        let number = UInt64(epoch) << 32 | UInt64(counter)
        return (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: number >> (40 - 8 * $0)) }
    }

    /// Reads ``bytes``; `nil` unless there are 6.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(epoch: UInt16(truncatingIfNeeded: number >> 32), counter: UInt32(truncatingIfNeeded: number))
    }
}

extension ScanSequence: Comparable {
    /// By epoch, then by counter.
    public static func < (left: ScanSequence, right: ScanSequence) -> Bool {
        (left.epoch, left.counter) < (right.epoch, right.counter)
    }
}

extension ScanSequence: CustomStringConvertible {
    /// Epoch and counter: `1.42`.
    public var description: String { "\(epoch).\(counter)" }
}
