public import Foundation

/// A certificate that its authority took back; RFC 5280, 5.1.2.6.
public struct RevokedCertificate: Hashable, Sendable {
    /// Why; the numbers are those of CRLReason (RFC 5280, 5.3.1).
    public enum Reason: UInt8, CaseIterable, Hashable, Sendable {
        /// None is given: the entry has no reason.
        case unspecified = 0
        /// The private key is no longer its holder's alone.
        case keyCompromise = 1
        /// The holder's name or employer changed.
        case affiliationChanged = 3
        /// Another certificate took its place.
        case superseded = 4
        /// It is no longer needed.
        case cessationOfOperation = 5
        /// It is suspended, and may come back.
        case certificateHold = 6
    }

    /// Its serial number: big-endian, without a leading zero.
    public let serialNumber: [UInt8]
    /// Since when.
    public let date: Date
    /// Why.
    public let reason: Reason

    /// - Parameter serialNumber: big-endian; leading zeroes are dropped.
    public init(serialNumber: [UInt8], date: Date, reason: Reason = .unspecified) {
        self.serialNumber = Array(serialNumber.drop { $0 == 0 })
        self.date = date
        self.reason = reason
    }
}

/// Where certificates say that their revocation can be asked; RFC 5280, 4.2.1.13 and 4.2.2.1.
public struct RevocationServices: Hashable, Sendable {
    /// The URL of the list (CRL); `nil` for none.
    public var list: String?
    /// The URL of the OCSP responder; `nil` for none.
    public var responder: String?

    /// URLs, in ASCII; nothing, unless it is named.
    public init(list: String? = nil, responder: String? = nil) {
        self.list = list
        self.responder = responder
    }
}
