internal import Foundation
internal import SwiftASN1

extension DER {
    /// The bytes that `write` appends.
    static func bytes(_ write: (inout Serializer) throws -> Void) rethrows -> [UInt8] {
        var serializer = Serializer()
        try write(&serializer)
        return serializer.serializedBytes
    }
}

extension DER.Serializer {
    mutating func sequence(_ write: (inout DER.Serializer) throws -> Void) rethrows {
        try appendConstructedNode(identifier: .sequence, write)
    }

    /// What is inside a context tag: of its own kind (implicit) or whole (explicit), as `write` has it.
    mutating func tagged(_ number: UInt, _ write: (inout DER.Serializer) throws -> Void) rethrows {
        try appendConstructedNode(identifier: ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific), write)
    }

    mutating func enumerated(_ value: UInt8) { appendPrimitiveNode(identifier: .enumerated) { $0.append(value) } }

    /// Whole seconds; RFC 5280, 4.1.2.5.2.
    mutating func generalizedTime(_ date: Date) throws { try serialize(GeneralizedTime(date.components)) }

    /// UTCTime up to 2049, GeneralizedTime from then on; RFC 5280, 5.1.2.4.
    mutating func time(_ date: Date) throws {
        let parts = date.components
        guard (1950..<2050).contains(parts.year) else { return try serialize(GeneralizedTime(parts)) }
        try serialize(
            UTCTime(
                year: parts.year, month: parts.month, day: parts.day, hours: parts.hours, minutes: parts.minutes, seconds: parts.seconds))
    }
}

/// A moment in whole seconds, UTC.
private struct TimeComponents {
    let year, month, day, hours, minutes, seconds: Int
}

extension Date {
    fileprivate var components: TimeComponents {
        let parts = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: self)
        return TimeComponents(
            year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0, hours: parts.hour ?? 0, minutes: parts.minute ?? 0,
            seconds: parts.second ?? 0)
    }
}

extension GeneralizedTime {
    fileprivate init(_ parts: TimeComponents) throws {
        try self.init(
            year: parts.year, month: parts.month, day: parts.day, hours: parts.hours, minutes: parts.minutes, seconds: parts.seconds,
            fractionalSeconds: 0)
    }
}

extension ASN1ObjectIdentifier {
    /// One arc further down.
    func appending(_ arc: UInt) throws -> ASN1ObjectIdentifier { try ASN1ObjectIdentifier(elements: Array(oidComponents) + [arc]) }
}
