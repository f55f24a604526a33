import DeviceProtocol
public import Foundation

/// What a store seals secrets with before it keeps them: keys of a file (``StoreKeys``), or a hardware security module.
///
/// A store calls it within transactions and outside, on many threads at once, also on Swift's own: it must answer at once and without waiting
/// for anybody. A module that takes longer unwraps a key when the program starts, and this computes with that.
public protocol SecretProtection: Sendable {
    /// The name of the key that seals now.
    var current: StoreKeyID { get }

    /// Seals a secret for its place.
    ///
    /// - Throws: ``StoreError``.
    func seal(_ secret: Data, at place: SecretPlace) throws(StoreError) -> Data

    /// Opens what was sealed for this place, under any key that is known.
    ///
    /// - Throws: ``StoreError/unknownKey(_:)``; ``StoreError/damaged(_:)`` for what was changed, moved from another place or never sealed.
    func open(_ sealed: Data, at place: SecretPlace) throws(StoreError) -> Data

    /// Whether what was sealed under this key can be opened.
    func knows(_ key: StoreKeyID) -> Bool

    /// The name of the key that sealed this; `nil` for what is not sealed.
    func key(of sealed: Data) -> StoreKeyID?
}

/// Where a secret lies: sealed for one place it opens at no other.
public struct SecretPlace: Hashable, Sendable {
    /// Whose secret it is; each purpose has keys of its own.
    public enum Purpose: String, Sendable, CaseIterable {
        /// The verifier's: seeds and OCRA keys.
        case credential
        /// The sealer's: pre-shared keys.
        case sealing
        /// What is known of an enrolment: names, accounts, hashes of codes.
        case life
        /// What is known of a subscriber: hashes of passwords and answers, questions, counters.
        case subscriber
        /// What is known of an order: hashes of its codes, names, accounts.
        case order
    }

    /// Whose secret it is.
    public let purpose: Purpose
    /// Of which enrolment or order; `nil` for what is a subscriber's own.
    public let enrolment: EnrolmentID?
    /// Of which subscriber.
    public let subscriber: SubscriberID
    /// Of which device; nothing where there is none.
    public let device: String

    /// A place in the row of an enrolment, an order or a subscriber.
    public init(_ purpose: Purpose, of enrolment: EnrolmentID? = nil, subscriber: SubscriberID, device: String = "") {
        self.purpose = purpose
        self.enrolment = enrolment
        self.subscriber = subscriber
        self.device = device
    }
}

/// What names a key of a store: 16 hexadecimal digits that follow from the key, and from which it does not follow.
public struct StoreKeyID: Hashable, Sendable, CustomStringConvertible {
    /// 8 bytes.
    public let bytes: [UInt8]

    /// A name.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The digits.
    public var description: String { bytes.lowercaseHexadecimal }
}
